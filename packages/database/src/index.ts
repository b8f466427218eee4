/** What runs in a service. What sets a server up is in `@classgram/database/server`. */
export {
  type AuditEntry,
  type AuditFilter,
  type AuditReader,
  readAuditEntries,
} from './audit-log.ts'
export { type Connection, type ConnectOptions, connect } from './connect.ts'
export { migrationsDir } from './databases.ts'
export { isLockTimeout, isUnavailable, isWriteConflict, violatedConstraint } from './failures.ts'
export { forgetTraces } from './forget-traces.ts'
export { afterRank, earlierThan, laterThan } from './keyset.ts'
export { pendingMigrations } from './migrate.ts'
export { once, removeOldKeys, replay } from './once.ts'
export { readPersonRows } from './person-rows.ts'
export { inPortions } from './portions.ts'
export { createSearchLine, type SearchInTurn, searchBy } from './search.ts'
export {
  type Author,
  type Refusals,
  type TransactionalClient,
  type TransactionClient,
  transact,
} from './transact.ts'
