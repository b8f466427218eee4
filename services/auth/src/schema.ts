import { loadTypeDefs, withoutDevelopment } from '@classgram/graphql'
import type { Resolvers } from './generated/graphql.ts'
import { sessionResolvers } from './session/resolvers.ts'
import { signInResolvers } from './sign-in/resolvers.ts'
import { userResolvers } from './user/resolvers.ts'

const typeDefs = loadTypeDefs(import.meta.dirname)

/** SDL and resolvers; in production nothing that is for development only. */
export function createSchemaParts({ isProduction }: { isProduction: boolean }) {
  const { devSignIn, ...signIn } = signInResolvers.Mutation
  const resolvers: Resolvers = {
    Query: { ...userResolvers.Query, ...sessionResolvers.Query },
    Mutation: {
      ...userResolvers.Mutation,
      ...signIn,
      ...sessionResolvers.Mutation,
      ...(isProduction ? {} : { devSignIn }),
    },
    Session: sessionResolvers.Session,
    User: { ...userResolvers.User, ...sessionResolvers.User },
  }
  return { typeDefs: isProduction ? withoutDevelopment(typeDefs) : typeDefs, resolvers }
}
