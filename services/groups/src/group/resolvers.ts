import type { RequestContext } from '../context.ts'
import type { GroupResolvers, MutationResolvers, QueryResolvers } from '../generated/graphql.ts'
import { createGroup } from './create-group.ts'
import { findGroups } from './find-groups.ts'
import { readGroup, readTaughtStudents } from './reads.ts'
import { updateGroup } from './update-group.ts'

export const groupResolvers = {
  Query: {
    group: (_, { id }, ctx) => readGroup(ctx, id),
    groups: (_, args, ctx) => findGroups(ctx, args),
    taughtStudents: (_, { teacherTelegramId, studentTelegramIds }, ctx) =>
      readTaughtStudents(ctx, teacherTelegramId, studentTelegramIds),
  } satisfies QueryResolvers,

  Mutation: {
    createGroup: (_, { input }, ctx) => createGroup(ctx, input),
    updateGroup: (_, { input }, ctx) => updateGroup(ctx, input),
  } satisfies MutationResolvers,

  Group: {
    __resolveReference: ({ id }: { id: string }, ctx: RequestContext) => readGroup(ctx, id),
    teacher: (group) => ({ telegramId: group.teacherTelegramId }),
    freeSeats: async (group, _, { loaders }) =>
      Math.max(0, group.capacity - (await loaders.seatsTaken.load(group.id))),
  } satisfies GroupResolvers,
}
