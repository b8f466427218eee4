import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describeCatalog, unauditedTables } from './catalog.ts'
import { databaseUrl, migrationsDir, schemaFile } from './databases.ts'
import { appliedMigrations, listMigrations, migrate, readMigration, withClient } from './migrate.ts'
import { diffSchemas } from './schema-diff.ts'

/** Where the Prisma schema and the migrations of a database are. */
export interface SchemaFiles {
  schema: string
  migrations: string
}

/**
 * Compares a database's Prisma schema with its migrations, on two scratch databases of the server: one goes
 * through the migrations, the other is made from the schema.
 *
 * @returns one sentence per fault: what only one of the two has, tables without an audit trigger, and migrations
 *   edited after this server's own database went through them
 */
export async function checkDatabase(
  adminUrl: string,
  name: string,
  files: SchemaFiles = { schema: schemaFile(name), migrations: migrationsDir(name) },
): Promise<string[]> {
  const schema = readFileSync(files.schema, 'utf8')
  const faults = await editedMigrations(adminUrl, name, files.migrations)

  const migrated = await withScratch(adminUrl, async (url) => {
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
  for (const key of new Set([...pushed.keys(), ...migrated.keys()])) {
    const [wanted, found] = [pushed.get(key), migrated.get(key)]
    if (wanted === found) continue
    if (found === undefined) faults.push(`${key}: in the schema, but no migration makes it`)
    else if (wanted === undefined) faults.push(`${key}: made by the migrations, not in the schema`)
    else faults.push(`${key}: "${wanted}" in the schema, "${found}" after the migrations`)
  }

  const snapshot = readFileSync(join(files.migrations, 'schema.prisma'), 'utf8')
  if (faults.length === 0 && (await diffSchemas(snapshot, schema)) !== '') {
    faults.push('migrations/schema.prisma is not the schema that the migrations lead to')
  }
  return faults.map((fault) => `${name}: ${fault}`)
}

async function editedMigrations(adminUrl: string, name: string, dir: string): Promise<string[]> {
  const applied = await withClient(databaseUrl(adminUrl, name), appliedMigrations).catch(
    (error) => {
      const missing = error instanceof pg.DatabaseError && error.code === '3D000'
      if (missing) return new Map<string, string>()
      throw error
    },
  )
  return listMigrations(dir)
    .filter((migration) => applied.has(migration))
    .filter((migration) => applied.get(migration) !== readMigration(dir, migration).checksum)
    .map((migration) => `migration ${migration} was edited after it was applied`)
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
