import type { MutationResolvers, UserResolvers } from '../generated/graphql.ts'
import { readConsents } from './reads.ts'
import { recordConsent } from './record-consent.ts'
import { withdrawConsent } from './withdraw-consent.ts'

export const consentResolvers = {
  Mutation: {
    recordConsent: (_, { input }, ctx) => recordConsent(ctx, input),
    withdrawConsent: (_, { input }, ctx) => withdrawConsent(ctx, input),
  } satisfies MutationResolvers,

  User: {
    consents: (user, args, ctx) => readConsents(ctx, user, args),
  } satisfies UserResolvers,
}
