import type { RequestContext } from '../context.ts'
import type { MutationResolvers, QueryResolvers, UserResolvers } from '../generated/graphql.ts'
import { openEmail, openPhone } from './contacts.ts'
import { createUser } from './create-user.ts'
import { readMe, readUser, readUsers } from './reads.ts'
import { findTeachersByName } from './search-users.ts'
import { updateUser } from './update-user.ts'

export const userResolvers = {
  Query: {
    me: (_, __, ctx) => readMe(ctx),
    user: (_, { telegramId }, ctx) => readUser(ctx, telegramId),
    users: (_, args, ctx) => readUsers(ctx, args),
    teachersByName: (_, { words }, ctx) => findTeachersByName(ctx, words),
  } satisfies QueryResolvers,

  Mutation: {
    createUser: (_, { input }, ctx) => createUser(ctx, input),
    updateUser: (_, { input }, ctx) => updateUser(ctx, input),
  } satisfies MutationResolvers,

  User: {
    __resolveReference: async (
      { telegramId }: { telegramId: bigint },
      { loaders }: RequestContext,
    ) => (await loaders.userByTelegramId.load(telegramId)) ?? null,
    phone: (user, _, { vault }) => openPhone(vault, user),
    email: (user, _, { vault }) => openEmail(vault, user),
  } satisfies UserResolvers,
}
