import type {
  MutationResolvers,
  QueryResolvers,
  SessionResolvers,
  UserResolvers,
} from '../generated/graphql.ts'
import { refreshSession } from './refresh-session.ts'
import { signOut, signOutEverywhere } from './sign-out.ts'
import { readStanding } from './standing.ts'

export const sessionResolvers = {
  Query: {
    standing: (_, __, ctx) => readStanding(ctx),
  } satisfies QueryResolvers,

  Mutation: {
    refreshSession: (_, { input }, ctx) => refreshSession(ctx, input),
    signOut: (_, { input }, ctx) => signOut(ctx, input),
    signOutEverywhere: (_, { input }, ctx) => signOutEverywhere(ctx, input),
  } satisfies MutationResolvers,

  Session: {
    isCurrent: ({ id }, _, { viewer }) => viewer.kind === 'person' && viewer.sessionId === id,
  } satisfies SessionResolvers,

  User: {
    sessions: ({ telegramId }, _, { loaders }) => loaders.liveSessions.load(telegramId),
  } satisfies UserResolvers,
}
