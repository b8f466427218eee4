import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartupError } from '@classgram/errors'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { databaseUrl, listDatabases, migrationsDir, schemaFile } from './databases.ts'
import { deploy } from './deploy.ts'
import { listMigrations, pendingMigrations, withClient } from './migrate.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer([])
})
afterAll(() => server.stop())

test('two deployments at once do the work once', async () => {
  const options = { adminUrl: server.adminUrl, passwords: server.secrets.databases }
  const [first, second] = await Promise.all([deploy(options), deploy(options)])
  for (const name of listDatabases()) {
    expect([...(first[name] ?? []), ...(second[name] ?? [])]).toEqual(
      listMigrations(migrationsDir(name)),
    )
  }
})

test('a deployment with nothing to do writes nothing, and waits for nobody who does', async () => {
  const options = { adminUrl: server.adminUrl, passwords: server.secrets.databases }
  const applied = await withClient(databaseUrl(server.adminUrl, 'auth'), async (client) => {
    // Whoever only reads is let through.
    await client.query('BEGIN; LOCK TABLE _prisma_migrations, audit_log, users IN EXCLUSIVE MODE')
    return deploy(options)
  })
  expect(applied).toEqual(Object.fromEntries(listDatabases().map((name) => [name, []])))
})

test('a changed password takes effect', async () => {
  const passwords = { ...server.secrets.databases, students: 'another' }
  await deploy({ adminUrl: server.adminUrl, passwords })
  const url = databaseUrl(server.adminUrl, 'students', { name: 'students', password: 'another' })
  await withClient(url, (client) => client.query('SELECT 1'))
})

test('a role connects to its own database and to no other', async () => {
  const auth = { name: 'auth', password: server.secrets.databases.auth ?? '' }
  for (const other of [...listDatabases(), 'postgres', 'template1']) {
    const url = databaseUrl(server.adminUrl, other, auth)
    const connecting = withClient(url, async () => 'connected')
    if (other === 'auth') await expect(connecting).resolves.toBe('connected')
    else await expect(connecting).rejects.toMatchObject({ code: '42501' })
  }
})

test('a role changes rows, but neither tables nor the records of migrations', async () => {
  for (const sql of [
    'CREATE TABLE mine (id int)',
    'DROP TABLE users',
    'TRUNCATE users CASCADE',
    'ALTER TABLE users DISABLE TRIGGER audit',
    'DELETE FROM _prisma_migrations',
    `INSERT INTO audit_log (actor, action, table_name, row_id) VALUES ('x', 'INSERT', 'x', 'x')`,
    `UPDATE audit_log SET actor = 'somebody else'`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'ALTER TABLE audit_log DISABLE TRIGGER ALL',
    'CREATE RULE quiet AS ON INSERT TO users DO INSTEAD NOTHING',
    `SET session_replication_role = 'replica'`,
    'DROP TRIGGER audit ON users',
    `CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    'DROP FUNCTION audit_forget(bigint)',
    'SET ROLE postgres',
  ]) {
    await expect(server.run('auth', sql), sql).rejects.toMatchObject({ code: '42501' })
  }
})

test('a service sees what is pending with its own role', async () => {
  expect(await pendingMigrations(server.url('calendar'), migrationsDir('calendar'))).toEqual([])
  expect(
    await pendingMigrations(databaseUrl(server.adminUrl, 'postgres'), migrationsDir('auth')),
  ).toEqual(listMigrations(migrationsDir('auth')))
})

describe('what is wrong with a migration is said, and what to do', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'classgram-deploy-'))
    await cp(join(schemaFile('auth'), '..'), join(dir, 'auth'), { recursive: true })
    return () => rm(dir, { recursive: true })
  })
  const deployAuth = () =>
    deploy({ adminUrl: server.adminUrl, passwords: server.secrets.databases, dir })

  test('it was edited after it was applied', async () => {
    await appendFile(join(dir, 'auth/migrations/20261120000000_init/migration.sql'), '-- more')
    await expect(deployAuth()).rejects.toThrow(
      new StartupError(
        'Migration 20261120000000_init of auth was edited after it was applied: put it back, and add a new migration instead (db:new).',
      ),
    )
  })

  test('its script fails', async () => {
    const broken = join(dir, 'auth/migrations/20261121000000_broken')
    await mkdir(broken)
    await writeFile(join(broken, 'migration.sql'), 'CREATE TABLE rooms (); SELCT 1')
    const failure = await deployAuth().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StartupError)
    expect((failure as Error).message).toMatch(
      /20261121000000_broken\/migration\.sql cannot be applied \(syntax error .*\): mend it, then run this again\.$/,
    )
    await expect(server.run('auth', 'SELECT FROM rooms')).rejects.toMatchObject({ code: '42P01' })
  })

  test('it has no script', async () => {
    await mkdir(join(dir, 'auth/migrations/20261121000000_empty'))
    await expect(deployAuth()).rejects.toThrow(
      /20261121000000_empty\/migration\.sql is missing: restore it, or remove its folder\.$/,
    )
  })
})
