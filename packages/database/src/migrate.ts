import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
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
 * Names of the folder's migrations that were edited after the database went through them.
 *
 * @param applied as `appliedMigrations` gives them
 */
export function editedMigrations(applied: Map<string, string>, dir: string): string[] {
  return listMigrations(dir).filter(
    (name) => applied.has(name) && applied.get(name) !== readMigration(dir, name).checksum,
  )
}

/**
 * Applies the folder's pending migrations, each in a transaction of its own together with its record in Prisma's
 * `_prisma_migrations`: whenever the process dies, a migration has happened and is recorded, or neither. (Prisma's
 * engine records before and after the script, and needs a hand to go on after a crash in between.)
 *
 * Two at once are safe: the second waits, and finds nothing left to do.
 *
 * @param url of the database, as its owner
 * @param options.grants SQL run in each migration's transaction, after its script
 * @param options.only names of those to apply; default: all
 * @returns names of the migrations applied
 * @throws StartupError for a script that fails
 */
export async function migrate(
  url: string,
  dir: string,
  { grants = '', only }: { grants?: string; only?: Set<string> } = {},
): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('classgram migrate'))`)
    const missing = missingFrom(await appliedMigrations(client), dir)
    const pending = missing.filter((name) => only?.has(name) ?? true)
    for (const name of pending) await apply(client, dir, readMigration(dir, name), grants)
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

/**
 * One migration of a folder.
 *
 * @throws StartupError when its file is missing
 */
export function readMigration(dir: string, name: string): Migration {
  const file = scriptFile(dir, name)
  if (!existsSync(file)) {
    throw new StartupError(`${relative('', file)} is missing: restore it, or remove its folder.`)
  }
  const script = readFileSync(file, 'utf8')
  return { name, script, checksum: createHash('sha256').update(script).digest('hex') }
}

/** Runs `use` with a connection of its own, and closes it. */
export async function withClient<R>(url: string, use: (client: pg.Client) => Promise<R>) {
  const client = new pg.Client({ connectionString: url, application_name: 'classgram-deploy' })
  // Whoever waits for an answer learns of a lost connection; without this, it would end the process.
  client.on('error', () => {})
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

function scriptFile(dir: string, name: string): string {
  return join(dir, name, 'migration.sql')
}

async function apply(
  client: pg.Client,
  dir: string,
  migration: Migration,
  grants: string,
): Promise<void> {
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
    if (!(cause instanceof pg.DatabaseError)) throw cause
    const file = relative('', scriptFile(dir, migration.name))
    throw new StartupError(
      `${file} cannot be applied (${cause.message}): mend it, then run this again.`,
      { cause },
    )
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
