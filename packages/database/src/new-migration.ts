import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '@classgram/errors'
import { listDatabases, migrationsDir, schemaFile } from './databases.ts'
import { diffSchemas } from './schema-diff.ts'

/**
 * Writes a migration from the schema that the migrations lead to, to the schema as it is now.
 *
 * The former is kept as `migrations/schema.prisma`, a copy made here with each migration: Prisma's engine cannot
 * read it back from a database through the driver adapter. `checkDatabase` finds out when the copy is wrong.
 *
 * What Prisma's language lacks (checks, exclusions, partial indexes) is then added to the file by hand; a schema
 * without changes gives an empty file for just that.
 *
 * @param name what the migration does, in lower case: `lesson_rooms`
 * @returns path of the new migration.sql
 */
export async function newMigration(database: string, name: string, now: Date): Promise<string> {
  if (!listDatabases().includes(database)) {
    throw new StartupError(`There is no database ${database}: name one of ${listDatabases()}.`)
  }
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new StartupError(`"${name}" is no name for a migration: use a-z, 0-9 and _.`)
  }
  const dir = migrationsDir(database)
  const snapshot = join(dir, 'schema.prisma')
  const schema = readFileSync(schemaFile(database), 'utf8')
  const before = existsSync(snapshot) ? readFileSync(snapshot, 'utf8') : null
  const script = await diffSchemas(before, schema)

  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(dir, `${stamp}_${name}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'migration.sql')
  writeFileSync(file, [script, ...auditTriggers(script)].filter(Boolean).join('\n'))
  writeFileSync(snapshot, schema)
  return file
}

function auditTriggers(script: string): string[] {
  const tables = [...script.matchAll(/^CREATE TABLE "(\w+)"/gm)].map((match) => match[1])
  return tables.map(
    (
      table,
    ) => `-- Arguments: the column that holds the person ('' if none), then columns never to be shown.
CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "${table}"
  FOR EACH ROW EXECUTE FUNCTION "audit_row"('');
`,
  )
}
