import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '@classgram/errors'
import pg from 'pg'

/** What a query needs: a pg pool, a pg client, or anything that looks like one. */
export interface Queryable {
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>
}

/** A migration as it stands on disk. */
export interface Migration {
  name: string
  script: string
  /** SHA-256 of the script, in hex, as Prisma records it. */
  checksum: string
}

/**
 * Names of the migrations that the folder has and the database lacks, oldest first. One SELECT, so that readiness
 * checks can afford it.
 */
export async function pendingMigrations(database: string | Queryable, dir: string) {
  if (typeof database !== 'string') return missingFrom(await appliedMigrations(database), dir)
  return withClient(database, async (client) => missingFrom(await appliedMigrations(client), dir))
}

/**
 * Applies the folder's pending migrations, each in a transaction of its own together with its record in Prisma's
 * `_prisma_migrations`: whenever the process dies, a migration has happened and is recorded, or neither. (Prisma's
 * engine records before and after the script, and needs a hand to go on after a crash in between.)
 *
 * Two at once are safe: the second waits, and finds nothing left to do.
 *
 * @param url of the database, as its owner
 * @param grants SQL run in each migration's transaction, after its script
 * @returns names of the migrations applied
 */
export async function migrate(url: string, dir: string, grants = ''): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('classgram migrate'))`)
    const pending = missingFrom(await appliedMigrations(client), dir)
    for (const name of pending) await apply(client, readMigration(dir, name), grants)
    return pending
  })
}

/** Names and checksums of the migrations that the database has been through. */
export async function appliedMigrations(database: Queryable): Promise<Map<string, string>> {
  try {
    const { rows } = await database.query(
      `SELECT migration_name, checksum FROM _prisma_migrations
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    )
    return new Map(rows.map((row) => [String(row.migration_name), String(row.checksum)]))
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42P01') return new Map()
    throw error
  }
}

/**
 * Names of the migrations in a folder, oldest first.
 *
 * @throws StartupError when there is no such folder
 */
export function listMigrations(dir: string): string[] {
  if (!existsSync(dir)) throw new StartupError(`${dir} is missing: run db:new for its database.`)
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** One migration of a folder. */
export function readMigration(dir: string, name: string): Migration {
  const script = readFileSync(join(dir, name, 'migration.sql'), 'utf8')
  return { name, script, checksum: createHash('sha256').update(script).digest('hex') }
}

/** Runs `use` with a connection of its own, and closes it. */
export async function withClient<R>(url: string, use: (client: pg.Client) => Promise<R>) {
  const client = new pg.Client({ connectionString: url, application_name: 'classgram-deploy' })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

function missingFrom(applied: Map<string, string>, dir: string): string[] {
  return listMigrations(dir).filter((name) => !applied.has(name))
}

async function apply(client: pg.Client, migration: Migration, grants: string): Promise<void> {
  await client.query(`BEGIN; ${migrationsTable}`)
  try {
    await client.query(migration.script)
    await client.query(
      `INSERT INTO _prisma_migrations
         (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    )
    await client.query(`${grants}; COMMIT`)
  } catch (cause) {
    await client.query('ROLLBACK')
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Migration ${migration.name} of ${client.database}: ${reason}`, { cause })
  }
}

/** Column for column what Prisma creates, so that `prisma migrate` works on the same database. */
const migrationsTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY NOT NULL,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`
