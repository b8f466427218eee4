import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkDatabase } from './check.ts'
import { listDatabases, migrationsDir, schemaFile } from './databases.ts'
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
