import type { RequestContext } from '../context.ts'
import type { MutationResolvers, QueryResolvers, TeacherResolvers } from '../generated/graphql.ts'
import { createTeacher } from './create-teacher.ts'
import { readTeacher, readTeachers } from './reads.ts'
import { updateTeacher } from './update-teacher.ts'

export const teacherResolvers = {
  Query: {
    teacher: (_, { telegramId }, ctx) => readTeacher(ctx, telegramId),
    teachers: (_, args, ctx) => readTeachers(ctx, args),
  } satisfies QueryResolvers,

  Mutation: {
    createTeacher: (_, { input }, ctx) => createTeacher(ctx, input),
    updateTeacher: (_, { input }, ctx) => updateTeacher(ctx, input),
  } satisfies MutationResolvers,

  Teacher: {
    // A representation comes as it was on the wire, where the id is a string.
    __resolveReference: ({ telegramId }: { telegramId: string | bigint }, ctx: RequestContext) =>
      readTeacher(ctx, BigInt(telegramId)),
    user: ({ telegramId }) => ({ telegramId }),
    hourlyRate: ({ hourlyRate }) => hourlyRate?.toNumber() ?? null,
    languages: async ({ telegramId }, _, { loaders }) =>
      (await loaders.teacherDetails.load(telegramId)).languages,
    runningGroupCount: async ({ telegramId }, _, { loaders }) =>
      (await loaders.teacherDetails.load(telegramId)).runningGroupCount,
  } satisfies TeacherResolvers,
}
