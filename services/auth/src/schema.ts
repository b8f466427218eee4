import { loadTypeDefs, withoutDevelopment } from '@classgram/graphql'
import { auditResolvers } from './audit/resolvers.ts'
import { consentResolvers } from './consent/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { identityResolvers } from './identity/resolvers.ts'
import { oauthClientResolvers } from './oauth-client/resolvers.ts'
import { privacyResolvers } from './privacy/resolvers.ts'
import { rosterResolvers } from './roster/resolvers.ts'
import { sessionResolvers } from './session/resolvers.ts'
import { signInResolvers } from './sign-in/resolvers.ts'
import { userResolvers } from './user/resolvers.ts'

const typeDefs = loadTypeDefs(import.meta.dirname)

/** SDL and resolvers; in production nothing that is for development only. */
export function createSchemaParts({ isProduction }: { isProduction: boolean }) {
  const { devSignIn, ...signIn } = signInResolvers.Mutation
  const resolvers: Resolvers = {
    Query: {
      ...userResolvers.Query,
      ...sessionResolvers.Query,
      ...privacyResolvers.Query,
      ...oauthClientResolvers.Query,
      ...auditResolvers.Query,
    },
    Mutation: {
      ...userResolvers.Mutation,
      ...signIn,
      ...sessionResolvers.Mutation,
      ...identityResolvers.Mutation,
      ...consentResolvers.Mutation,
      ...privacyResolvers.Mutation,
      ...oauthClientResolvers.Mutation,
      ...rosterResolvers.Mutation,
      ...(isProduction ? {} : { devSignIn }),
    },
    ErasureReceipt: privacyResolvers.ErasureReceipt,
    AuditLog: auditResolvers.AuditLog,
    AuditEntry: auditResolvers.AuditEntry,
    Session: sessionResolvers.Session,
    User: {
      ...userResolvers.User,
      ...sessionResolvers.User,
      ...identityResolvers.User,
      ...consentResolvers.User,
      ...privacyResolvers.User,
    },
  }
  return { typeDefs: isProduction ? withoutDevelopment(typeDefs) : typeDefs, resolvers }
}
