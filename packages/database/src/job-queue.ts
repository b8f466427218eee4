import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { withClient } from './migrate.ts'

/** Its installer has something to say of each of its migrations; only failures matter, and those it throws. */
const silent = new Logger(() => () => {})

/**
 * Installs Graphile Worker's schema in a service's database, or brings it up to date. The service's role owns it,
 * since row security keeps everybody else out; only for the time of the installation may the role create schemas.
 *
 * @param url of the service's database, as an administrator
 * @param name of the role
 */
export async function installJobQueue(url: string, name: string): Promise<void> {
  const role = pg.escapeIdentifier(name)
  const database = pg.escapeIdentifier(new URL(url).pathname.slice(1))
  await withClient(url, (admin) => admin.query(`GRANT CREATE ON DATABASE ${database} TO ${role}`))
  const pool = new pg.Pool({ connectionString: url, max: 1, options: `-c role=${name}` })
  // Its installer warns of pools whose errors nobody hears; a failing statement throws all the same.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await runMigrations({ pgPool: pool, logger: silent })
  } finally {
    await pool.end()
    await withClient(url, (admin) =>
      admin.query(`REVOKE CREATE ON DATABASE ${database} FROM ${role}`),
    )
  }
}
