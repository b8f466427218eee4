import type { MutationResolvers, UserResolvers } from '../generated/graphql.ts'
import { refreshSession } from './refresh-session.ts'
import { signOut, signOutEverywhere } from './sign-out.ts'

export const sessionResolvers = {
  Mutation: {
    refreshSession: (_, { input }, ctx) => refreshSession(ctx, input),
    signOut: (_, { input }, ctx) => signOut(ctx, input),
    signOutEverywhere: (_, { input }, ctx) => signOutEverywhere(ctx, input),
  } satisfies MutationResolvers,

  User: {
    sessions: ({ telegramId }, _, { loaders }) => loaders.liveSessions.load(telegramId),
  } satisfies UserResolvers,
}
