/** What sets up and operates the Postgres server; no service loads it. */
export { inDataDir } from './data-dir.ts'
export { databaseUrl, listDatabases } from './databases.ts'
export { type DeployOptions, deploy } from './deploy.ts'
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
export { migrate } from './migrate.ts'
export { holdsRows } from './rows.ts'
export { loadSecrets, type Secrets, saveSecrets } from './secrets.ts'
export { type Server, withServer } from './with-server.ts'
