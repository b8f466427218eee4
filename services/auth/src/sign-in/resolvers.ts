import type { MutationResolvers } from '../generated/graphql.ts'
import { devSignIn } from './dev-sign-in.ts'

export const signInResolvers = {
  Mutation: {
    devSignIn: (_, { telegramId }, ctx) => devSignIn(ctx, telegramId),
  } satisfies MutationResolvers,
}
