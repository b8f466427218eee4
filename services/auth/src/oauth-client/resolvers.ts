import type { MutationResolvers, QueryResolvers } from '../generated/graphql.ts'
import { createOauthClient } from './create-oauth-client.ts'
import { readOauthClients } from './reads.ts'
import { rotateOauthClientSecret } from './rotate-oauth-client-secret.ts'
import { updateOauthClient } from './update-oauth-client.ts'

export const oauthClientResolvers = {
  Query: {
    oauthClients: (_, args, ctx) => readOauthClients(ctx, args),
  } satisfies QueryResolvers,

  Mutation: {
    createOauthClient: (_, { input }, ctx) => createOauthClient(ctx, input),
    updateOauthClient: (_, { input }, ctx) => updateOauthClient(ctx, input),
    rotateOauthClientSecret: (_, { input }, ctx) => rotateOauthClientSecret(ctx, input),
  } satisfies MutationResolvers,
}
