import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkDatabase } from './check.ts'
import { databaseUrl, listDatabases, migrationsDir, schemaFile } from './databases.ts'
import { withClient } from './migrate.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let dir: string
let files: { schema: string; migrations: string }
beforeAll(async () => {
  server = await startTestServer(['calendar'])
})
afterAll(() => server.stop())
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'classgram-check-'))
  files = { schema: join(dir, 'schema.prisma'), migrations: join(dir, 'migrations') }
  await cp(schemaFile('calendar'), files.schema)
  await cp(migrationsDir('calendar'), files.migrations, { recursive: true })
  return () => rm(dir, { recursive: true })
})

const check = () => checkDatabase(server.adminUrl, 'calendar', files)
const edit = async (file: string, from: string | RegExp, to: string) =>
  writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
const migration = () => join(files.migrations, '20261120000000_init', 'migration.sql')

test.each(listDatabases())('%s is in order', async (name) => {
  expect(await checkDatabase(server.adminUrl, name)).toEqual([])
})

test('a schema changed without a migration is found, field by field', async () => {
  await edit(files.schema, /^ {2}title( +)String\n/m, '  title$1String?\n  room String?\n')
  expect(await check()).toEqual([
    'calendar: column lessons.room: in the schema, but no migration makes it',
    'calendar: column lessons.title: "text" in the schema, "text NOT NULL" after the migrations',
  ])
})

test('an edited migration is found, and a table without an audit trigger', async () => {
  await edit(migration(), /CREATE TRIGGER "audit" [^;]* ON "calendar_feeds"[^;]*;/, '')
  expect(await check()).toEqual([
    'calendar: migration 20261120000000_init was edited after it was applied',
    'calendar: table calendar_feeds has no audit trigger',
  ])
})

test('a database that no longer is as its migrations made it is found, part by part', async () => {
  await withClient(databaseUrl(server.adminUrl, 'calendar'), (client) =>
    client.query(`
      ALTER TABLE lessons DROP CONSTRAINT lessons_teacher_no_overlap;
      ALTER TABLE lessons ADD COLUMN room text;
      ALTER TABLE lesson_series DISABLE TRIGGER audit;
      ALTER FUNCTION audit_row() SECURITY INVOKER;
      CREATE INDEX lessons_moved ON lessons (starts_at) WHERE version > 1`),
  )
  try {
    expect((await check()).sort()).toEqual([
      'calendar: column lessons.room: in the database, but no migration makes it',
      'calendar: constraint lessons.lessons_teacher_no_overlap: made by the migrations, not in the database',
      'calendar: function audit_row(): in the database it is not as the migrations make it',
      'calendar: index lessons_moved: in the database, but no migration makes it',
      'calendar: index lessons_teacher_no_overlap: made by the migrations, not in the database',
      expect.stringMatching(
        /^calendar: trigger lesson_series.audit: ".* DISABLED" in the database, ".*" after the migrations$/,
      ),
    ])
  } finally {
    await server.stop()
    server = await startTestServer(['calendar'])
  }
})

test('a database that has not come to the last migration yet is in order', async () => {
  const next = join(files.migrations, '20261121000000_rooms')
  await mkdir(next)
  await writeFile(join(next, 'migration.sql'), 'ALTER TABLE lessons ADD COLUMN room text')
  await edit(files.schema, /^ {2}title( +)String\n/m, '$&  room String?\n')
  await cp(files.schema, join(files.migrations, 'schema.prisma'))
  expect(await check()).toEqual([])
})

test('a migration that was applied and whose file is gone is found', async () => {
  await rename(join(migration(), '..'), join(files.migrations, '20261119000000_other'))
  expect(await check()).toEqual([
    'calendar: migration 20261120000000_init was applied, but its file is gone',
  ])
})
