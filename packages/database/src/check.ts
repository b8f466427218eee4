import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describeCatalog, describeWholeCatalog, unauditedTables } from './catalog.ts'
import { databaseUrl, migrationsDir, schemaFile } from './databases.ts'
import {
  appliedMigrations,
  editedMigrations,
  listMigrations,
  migrate,
  withClient,
} from './migrate.ts'
import { diffSchemas } from './schema-diff.ts'

/** Where the Prisma schema and the migrations of a database are. */
export interface SchemaFiles {
  schema: string
  migrations: string
}

/**
 * Compares a database's Prisma schema with its migrations, on two scratch databases of the server: one goes
 * through the migrations, the other is made from the schema. Where the server has the database itself, that too is
 * compared with what its migrations make, down to what Prisma has no word for: checks, exclusions, triggers, functions.
 *
 * @returns one sentence per fault: what only one of two has, tables without an audit trigger, and migrations edited or
 *   removed after the database went through them. After such, nobody knows what the database should look like, so
 *   that it is not compared.
 * @throws StartupError for a migration that fails
 */
export async function checkDatabase(
  adminUrl: string,
  name: string,
  files: SchemaFiles = { schema: schemaFile(name), migrations: migrationsDir(name) },
): Promise<string[]> {
  const schema = readFileSync(files.schema, 'utf8')
  const live = await readLive(databaseUrl(adminUrl, name))
  const faults = historyFaults(live.applied, files.migrations)
  const isComparable = live.applied.size > 0 && faults.length === 0

  const migrated = await withScratch(adminUrl, async (url) => {
    if (isComparable) {
      // As far as the database has come; the rest is what db:deploy is for.
      await migrate(url, files.migrations, { only: new Set(live.applied.keys()) })
      const made = await withClient(url, describeWholeCatalog)
      faults.push(...compare(live.catalog, made, 'in the database'))
    }
    await migrate(url, files.migrations)
    return withClient(url, async (client) => {
      const unaudited = await unauditedTables(client)
      faults.push(...unaudited.map((table) => `table ${table} has no audit trigger`))
      return describeCatalog(client)
    })
  })
  const pushed = await withScratch(adminUrl, async (url) => {
    const script = await diffSchemas(null, schema)
    return withClient(url, async (client) => {
      await client.query(script)
      return describeCatalog(client)
    })
  })
  faults.push(...compare(pushed, migrated, 'in the schema'))

  const snapshot = readFileSync(join(files.migrations, 'schema.prisma'), 'utf8')
  if (faults.length === 0 && (await diffSchemas(snapshot, schema)) !== '') {
    faults.push('migrations/schema.prisma is not the schema that the migrations lead to')
  }
  return faults.map((fault) => `${name}: ${fault}`)
}

interface Live {
  /** Checksums by migration. */
  applied: Map<string, string>
  catalog: Map<string, string>
}

/** Empty for a database that is not there. */
async function readLive(url: string): Promise<Live> {
  try {
    return await withClient(url, async (client) => ({
      applied: await appliedMigrations(client),
      catalog: await describeWholeCatalog(client),
    }))
  } catch (error) {
    const isMissing = error instanceof pg.DatabaseError && error.code === '3D000'
    if (isMissing) return { applied: new Map(), catalog: new Map() }
    throw error
  }
}

function historyFaults(applied: Map<string, string>, dir: string): string[] {
  const files = new Set(listMigrations(dir))
  const gone = [...applied.keys()].filter((migration) => !files.has(migration))
  return [
    ...gone.map((migration) => `migration ${migration} was applied, but its file is gone`),
    ...editedMigrations(applied, dir).map(
      (migration) => `migration ${migration} was edited after it was applied`,
    ),
  ]
}

/** @param place where the things of `theirs` are: "in the schema" */
function compare(
  theirs: Map<string, string>,
  migrated: Map<string, string>,
  place: string,
): string[] {
  return [...new Set([...theirs.keys(), ...migrated.keys()])].flatMap((key) => {
    const [their, made] = [theirs.get(key), migrated.get(key)]
    if (their === made) return []
    if (made === undefined) return [`${key}: ${place}, but no migration makes it`]
    if (their === undefined) return [`${key}: made by the migrations, not ${place}`]
    // A function, a view: too long to show.
    if (made.includes('\n')) return [`${key}: ${place} it is not as the migrations make it`]
    return [`${key}: "${their}" ${place}, "${made}" after the migrations`]
  })
}

async function withScratch<R>(adminUrl: string, use: (url: string) => Promise<R>): Promise<R> {
  const scratch = `classgram_check_${randomBytes(6).toString('hex')}`
  return withClient(adminUrl, async (admin) => {
    await admin.query(`CREATE DATABASE ${scratch}`)
    try {
      return await use(databaseUrl(adminUrl, scratch))
    } finally {
      await admin.query(`DROP DATABASE ${scratch} WITH (FORCE)`)
    }
  })
}
