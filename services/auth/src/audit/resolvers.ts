import { readAuditLog } from '@classgram/server/audit-log'
import type { RequestContext } from '../context.ts'
import type {
  AuditEntryResolvers,
  AuditLogResolvers,
  QueryResolvers,
} from '../generated/graphql.ts'
import type { AuditEntryRow } from '../rows.ts'

export const auditResolvers = {
  Query: {
    auditLog: () => ({}),
  } satisfies QueryResolvers,

  AuditLog: {
    auth: (_, args, { db }) => readAuditLog(db, args),
  } satisfies AuditLogResolvers,

  AuditEntry: {
    user: ({ user }, _, ctx) => findPerson(ctx, user),
    actorUser: ({ actorUser }, _, ctx) => findPerson(ctx, actorUser),
  } satisfies AuditEntryResolvers,
}

/** The log has people of whom nothing else is left. */
async function findPerson({ loaders }: RequestContext, person: AuditEntryRow['user']) {
  return (person && (await loaders.userByTelegramId.load(person.telegramId))) ?? null
}
