import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDatabase } from './check.ts'
import { listDatabases, migrationsDir, schemaFile } from './databases.ts'
import { deploy } from './deploy.ts'
import { listMigrations, readMigration } from './migrate.ts'
import { newMigration } from './new-migration.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const parcel = `
model Parcel {
  id        String   @id @default(dbgenerated("uuidv7()")) @db.Uuid
  weight    Int
  updatedAt DateTime @default(now()) @updatedAt @map("updated_at") @db.Timestamptz(3)

  @@map("parcels")
}
`
let server: TestServer
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'classgram-new-'))
  await mkdir(join(dir, 'parcels'))
  const { machinery, head } = await readParts()
  await writeFile(schemaFile('parcels', dir), head + parcel + machinery)
  server = await startTestServer([])
  server.secrets.databases.parcels = 'secret'
})
afterAll(async () => {
  await server.stop()
  await rm(dir, { recursive: true })
})

/** Of a schema in the repository: what every one begins with, and the models of the machinery. */
async function readParts() {
  const schema = await readFile(schemaFile('teachers'), 'utf8')
  return {
    head: schema.slice(0, schema.indexOf('/// Levels of')),
    machinery: schema.slice(schema.indexOf('/// What an audited statement')),
  }
}

const deployParcels = () =>
  deploy({
    adminUrl: server.adminUrl,
    passwords: server.secrets.databases,
    databases: ['parcels'],
    dir,
  })
const files = () => ({
  schema: schemaFile('parcels', dir),
  migrations: migrationsDir('parcels', dir),
})

test('a new database: one command writes all that makes its changes audited', async () => {
  await newMigration('parcels', 'init', new Date('2026-11-20T10:00:00Z'), dir)
  expect(await deployParcels()).toEqual({ parcels: ['20261120100000_init'] })
  expect(await checkDatabase(server.adminUrl, 'parcels', files())).toEqual([])

  const insert = 'INSERT INTO parcels (weight) VALUES (3) RETURNING id'
  await expect(server.run('parcels', insert)).rejects.toThrow('set classgram.actor first')
  const [row] = await server.run('parcels', insert, 'user:1')
  expect(
    await server.run('parcels', 'SELECT actor, action, table_name, row_id, after FROM audit_log'),
  ).toEqual([
    {
      actor: 'user:1',
      action: 'INSERT',
      table_name: 'parcels',
      row_id: row?.id,
      after: expect.objectContaining({ weight: 3 }),
    },
  ])
  const key = `INSERT INTO idempotency_keys (actor, operation, key, request_hash) VALUES ('a', 'o', 'k', '')`
  await server.run('parcels', key)
})

test('a later migration brings the new tables’ triggers alone', async () => {
  await appendFile(
    schemaFile('parcels', dir),
    parcel.replace('Parcel', 'Stamp').replace('parcels', 'stamps'),
  )
  const file = await newMigration('parcels', 'stamps', new Date('2026-11-20T11:00:00Z'), dir)
  const script = await readFile(file, 'utf8')
  expect(script).not.toContain('CREATE FUNCTION')
  expect(script.match(/CREATE TRIGGER .* ON "\w+"/g)).toEqual([
    'CREATE TRIGGER "audit" AFTER INSERT OR UPDATE OR DELETE ON "stamps"',
  ])
  expect(await deployParcels()).toEqual({ parcels: ['20261120110000_stamps'] })
  expect(await checkDatabase(server.adminUrl, 'parcels', files())).toEqual([])
})

test('a schema without the machinery’s tables is refused, before anything is written', async () => {
  await mkdir(join(dir, 'bare'))
  await writeFile(schemaFile('bare', dir), (await readParts()).head + parcel)
  await expect(newMigration('bare', 'init', new Date(), dir)).rejects.toThrow(
    'The schema of bare lacks audit_log, idempotency_keys, inbox_events, outbox_deliveries, outbox_events',
  )
  expect(() => listMigrations(migrationsDir('bare', dir))).toThrow('is missing: run db:new')
})

test.each(listDatabases())('%s was made with the same machinery', async (name) => {
  const dir = migrationsDir(name)
  const scripts = listMigrations(dir).map((migration) => readMigration(dir, migration).script)
  const script = scripts.join('\n')
  const machinery = await readFile(new URL('machinery.sql', import.meta.url), 'utf8')
  for (const part of machinery.trim().split('\n\n')) expect(script).toContain(part)
})

test.each(['auth', 'groups'])('%s searches names by the same key', async (name) => {
  const dir = migrationsDir(name)
  const scripts = listMigrations(dir).map((migration) => readMigration(dir, migration).script)
  const searchKey = await readFile(new URL('search-key.sql', import.meta.url), 'utf8')
  const made = scripts.filter((script) => script.includes('FUNCTION "search_key"'))
  expect(made.at(-1)).toContain(searchKey)
})
