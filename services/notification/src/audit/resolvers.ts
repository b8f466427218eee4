import { readAuditLog } from '@classgram/server/audit-log'
import type { AuditLogResolvers, QueryResolvers } from '../generated/graphql.ts'

export const auditResolvers = {
  Query: {
    auditLog: () => ({}),
  } satisfies QueryResolvers,

  AuditLog: {
    notification: (_, args, { db }) => readAuditLog(db, args),
  } satisfies AuditLogResolvers,
}
