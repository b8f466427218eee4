import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  databaseUrl,
  deploy,
  type EmbeddedPostgres,
  listDatabases,
  loadSecrets,
  startEmbeddedPostgres,
} from '@classgram/database/server'
import { createVault, generateEncryptionKey, keyRing, type Vault } from '@classgram/encryption'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demoPeople } from './demo-people.ts'
import { createDemoSchool } from './school.ts'
import { seedDemo } from './seed.ts'

const now = new Date('2026-10-20T15:30:00Z')
const databases = Object.keys(createDemoSchool(now))
const vault = createVault(
  keyRing.parse({
    current: 'k1',
    keys: { k1: generateEncryptionKey() },
    hashKey: generateEncryptionKey(),
  }),
)
let dataDir: string
let server: EmbeddedPostgres

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'classgram-demo-'))
  const { postgres: password, databases: passwords } = await loadSecrets(dataDir)
  server = await startEmbeddedPostgres({ dataDir, port: 0, password, settings: { fsync: 'off' } })
  await deploy({ adminUrl: server.adminUrl, passwords })
})

afterAll(async () => {
  await server?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

test('a failure leaves nothing behind, in no database', async () => {
  const seal: Vault['seal'] = (text, purpose) => ({
    ...vault.seal(text, purpose),
    ...(purpose === 'users.phone' && { keyId: null as never }),
  })
  const broken = { ...vault, seal }
  const seeding = seedDemo({ adminUrl: server.adminUrl, vault: broken, now })
  await expect(seeding).rejects.toThrow('users_phone_sealed')
  for (const database of databases) expect(await auditedRows(database)).toBe(0)
})

test('every constraint accepts the school, and seeding again changes nothing', async () => {
  const seed = () => seedDemo({ adminUrl: server.adminUrl, vault, now })
  // Two at once: one does it all.
  const both = await Promise.all([seed(), seed()])
  expect(both.flat().sort()).toEqual(listDatabases())

  for (const [database, tables] of Object.entries(createDemoSchool(now))) {
    const audited = Object.entries(tables).filter(([table]) => table !== 'outbox_events')
    const expected = audited.reduce((sum, [, rows]) => sum + rows.length, 0)
    expect(await auditedRows(database)).toBe(expected + statesWritten(tables))
  }
  expect(await seed()).toEqual([])
  for (const [database, tables] of Object.entries(createDemoSchool(now))) {
    for (const [table, rows] of Object.entries(tables)) {
      const [stored] = await query(database, `SELECT count(*)::int AS count FROM "${table}"`)
      expect([table, stored?.count]).toEqual([table, rows.length])
    }
  }
})

/** Each stay begins with a state, which a trigger writes down. */
function statesWritten(tables: object): number {
  return 'group_members' in tables ? (tables.group_members as unknown[]).length : 0
}

test('a database emptied since is filled again, and fits the others', async () => {
  const before = await query('groups', 'SELECT id, group_id FROM group_members ORDER BY id')
  await query(
    'groups',
    `BEGIN; SET LOCAL classgram.actor = 'system:test';
     DELETE FROM group_progress; DELETE FROM group_members; DELETE FROM group_invitations; DELETE FROM groups;
     DELETE FROM group_lessons; COMMIT`,
  )
  expect(await seedDemo({ adminUrl: server.adminUrl, vault, now })).toEqual(['groups'])
  expect(await query('groups', 'SELECT id, group_id FROM group_members ORDER BY id')).toEqual(
    before,
  )
})

test('contacts are sealed, and found by their hash', async () => {
  const [student] = await query(
    'auth',
    `SELECT phone_ciphertext, phone_key_id, phone_hash, email_hash FROM users WHERE telegram_id = ${demoPeople.student}`,
  )
  const sealed = {
    ciphertext: Uint8Array.from(student?.phone_ciphertext as Buffer),
    keyId: String(student?.phone_key_id),
  }
  expect(vault.open(sealed, 'users.phone')).toBe('+70000000001')
  expect(student?.phone_hash).toEqual(Buffer.from(vault.hash('+70000000001', 'users.phone')))
  const email = vault.hash('student-001@example.org', 'users.email')
  expect(student?.email_hash).toEqual(Buffer.from(email))
  const guardians = await query(
    'students',
    'SELECT guardian_contact_hash FROM students WHERE guardian_contact_ciphertext IS NOT NULL',
  )
  expect(guardians).toHaveLength(20)
})

test('the audit log names the demo as the author', async () => {
  for (const database of databases.filter((name) => name !== 'groups')) {
    const actors = await query(database, 'SELECT DISTINCT actor, action FROM audit_log')
    expect(actors).toEqual([{ actor: 'system:demo', action: 'INSERT' }])
  }
})

async function auditedRows(database: string): Promise<number> {
  const [row] = await query(database, 'SELECT count(*)::int AS count FROM audit_log')
  return Number(row?.count)
}

async function query(database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(databaseUrl(server.adminUrl, database))
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
