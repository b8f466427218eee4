export { type Connection, type ConnectOptions, connect } from './connect.ts'
export { databaseUrl, listDatabases, migrationsDir } from './databases.ts'
export { type DeployOptions, deploy } from './deploy.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
export { isUnavailable, isWriteConflict, violatedConstraint } from './failures.ts'
export { migrate, pendingMigrations, type Queryable } from './migrate.ts'
export { once } from './once.ts'
export { loadSecrets, type Secrets, saveSecrets } from './secrets.ts'
export {
  type Author,
  type TransactionalClient,
  type TransactionClient,
  transact,
} from './transact.ts'
