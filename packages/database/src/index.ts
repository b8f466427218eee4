/** What runs in a service. What sets a server up is in `@classgram/database/server`. */
export { type Connection, type ConnectOptions, connect } from './connect.ts'
export { migrationsDir } from './databases.ts'
export { isUnavailable, isWriteConflict, violatedConstraint } from './failures.ts'
export { pendingMigrations } from './migrate.ts'
export { once, replay } from './once.ts'
export {
  type Author,
  type Refusals,
  type TransactionalClient,
  type TransactionClient,
  transact,
} from './transact.ts'
