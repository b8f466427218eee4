import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  createVault,
  generateEncryptionKey,
  keyRing,
  reencrypt,
  type Vault,
} from '@classgram/encryption'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashGuardianContact } from '../student/guardian-contact.ts'
import { sealedColumns } from './sealed-columns.ts'

const keys = { old: generateEncryptionKey(), new: generateEncryptionKey() }
const hashKey = generateEncryptionKey()
const ring = keyRing.parse({ current: 'new', keys, hashKey })
const ENCRYPTION_KEYS = JSON.stringify({ current: 'new', keys, hashKey })
const before = createVault({ ...ring, current: 'old' })
const now = createVault(ring)

let school: TestSchool
beforeAll(async () => {
  const env = { students: { ENCRYPTION_KEYS } }
  school = await startSchool({ services: ['students'], env })
})
afterAll(() => school.close())
beforeEach(async () => {
  await owner().query(
    `BEGIN; SET LOCAL classgram.actor = 'system:test'; DELETE FROM students; COMMIT`,
  )
})

const owner = () => school.database('students').owner

const idOf = (n: number) => 4_503_599_627_370_497n + BigInt(n)
const contactOf = (n: number) => `Mother: +7000${n}`
const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}`

/** Every other one with the new key, one without a contact at all. */
async function fill(count: number): Promise<void> {
  const row = (n: number, vault: Vault) => {
    const { ciphertext, keyId } = vault.seal(contactOf(n), 'students.guardian_contact')
    return {
      telegram_id: idOf(n),
      guardian_contact_ciphertext: hex(ciphertext),
      guardian_contact_key_id: keyId,
      guardian_contact_hash: hex(hashGuardianContact(vault, contactOf(n))),
    }
  }
  const students = Array.from({ length: count }, (_, n) => row(n, n % 2 === 0 ? before : now))
  await insert(school.database('students'), 'students', ...students)
  await insert(school.database('students'), 'students', { telegram_id: idOf(count) })
}

async function contact(n: number): Promise<string | null> {
  const query = 'query ($id: TelegramID!) { student(telegramId: $id) { guardianContact } }'
  const answer = await school.ask('students', as.admin(), query, { id: idOf(n) })
  return answer.data?.student.guardianContact
}

function run(env: Record<string, string> = {}) {
  const command = [join(import.meta.dirname, 'reencrypt.ts')]
  const given = { DATABASE_URL: school.database('students').url, ENCRYPTION_KEYS, ...env }
  const { PATH, NODE_COMPILE_CACHE } = process.env
  return promisify(execFile)(process.execPath, command, {
    env: { PATH, NODE_COMPILE_CACHE, ...given },
  })
}

test('guardian contacts come under the current key, interrupted or not, and read as before', async () => {
  await fill(20)
  const hashes = async () =>
    (await owner().query('SELECT guardian_contact_hash FROM students ORDER BY id')).rows
  const earlier = await hashes()
  for await (const event of reencrypt(owner(), ring, sealedColumns, 4)) {
    if (event.kind === 'progress' && event.moved > 0) break
  }
  for (const n of [0, 1, 18]) expect(await contact(n)).toBe(contactOf(n))
  const { stdout } = await run()
  expect(stdout.split('\n')).toEqual([
    'students.students: 0 moved, 6 to go',
    'students.students: 6 moved, 0 to go',
    'students: no value uses key old any more',
    '',
  ])
  for (const n of [0, 1, 18]) expect(await contact(n)).toBe(contactOf(n))
  expect(await contact(20)).toBeNull()
  expect(await hashes()).toEqual(earlier)
  const { rows } = await owner().query(
    `SELECT audit_log::text AS text FROM audit_log WHERE actor = 'system:reencrypt'`,
  )
  expect(rows).toHaveLength(10)
  expect(stdout + rows.map((row) => row.text).join()).not.toMatch(/Mother|\+7000|\\x/)
})

test('a value under a key that is gone is told and left', async () => {
  await fill(3)
  const { new: current } = keys
  const forgot = JSON.stringify({ current: 'new', keys: { new: current }, hashKey })
  const failure = await run({ ENCRYPTION_KEYS: forgot }).catch((error) => error)
  expect(failure.code).toBe(1)
  expect(failure.stdout).toMatch(
    /students\.students [\da-f-]{36}: guardian_contact cannot be opened with key old, left as it is/,
  )
  expect(failure.stdout).toContain('students: key old must stay, values sealed with it: 2')
  expect(await contact(0)).toBe(contactOf(0))
})

test("on another service's database nothing is touched", async () => {
  await owner().query('ALTER TABLE students RENAME TO others')
  try {
    await expect(run()).rejects.toMatchObject({
      code: 1,
      stderr: 'The database of DATABASE_URL is not that of students.\n',
    })
  } finally {
    await owner().query('ALTER TABLE others RENAME TO students')
  }
})

test('no sealed column is forgotten', async () => {
  const { rows } = await owner().query(
    `SELECT table_name, replace(column_name, '_ciphertext', '') AS name
       FROM information_schema.columns WHERE column_name LIKE '%\\_ciphertext'`,
  )
  const listed = Object.entries(sealedColumns).flatMap(([table, names]) =>
    names.map((name) => `${table}.${name}`),
  )
  expect(rows.map((row) => `${row.table_name}.${row.name}`).sort()).toEqual(listed.sort())
})
