import type { MutationResolvers } from '../generated/graphql.ts'
import { createLoginCode } from './create-login-code.ts'
import { devSignIn } from './dev-sign-in.ts'
import { signInWithCode } from './sign-in-with-code.ts'
import { signInWithLoginWidget, signInWithTelegram } from './sign-in-with-telegram.ts'

export const signInResolvers = {
  Mutation: {
    devSignIn: (_, { telegramId }, ctx) => devSignIn(ctx, telegramId),
    signInWithTelegram: (_, { input }, ctx) => signInWithTelegram(ctx, input),
    signInWithLoginWidget: (_, { input }, ctx) => signInWithLoginWidget(ctx, input),
    createLoginCode: (_, { input }, ctx) => createLoginCode(ctx, input),
    signInWithCode: (_, { input }, ctx) => signInWithCode(ctx, input),
  } satisfies MutationResolvers,
}
