import type { MutationResolvers, UserResolvers } from '../generated/graphql.ts'
import { addIdentity, linkIdentity } from './link-identity.ts'
import { signInWithOpenIdConnect } from './sign-in-with-openid-connect.ts'
import { unlinkIdentity } from './unlink-identity.ts'

export const identityResolvers = {
  Mutation: {
    signInWithOpenIdConnect: (_, { input }, ctx) => signInWithOpenIdConnect(ctx, input),
    linkIdentity: (_, { input }, ctx) => linkIdentity(ctx, input),
    addIdentity: (_, { input }, ctx) => addIdentity(ctx, input),
    unlinkIdentity: (_, { input }, ctx) => unlinkIdentity(ctx, input),
  } satisfies MutationResolvers,

  User: {
    identities: ({ telegramId }, _, { loaders }) => loaders.identities.load(telegramId),
  } satisfies UserResolvers,
}
