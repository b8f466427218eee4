import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  createVault,
  generateEncryptionKey,
  keyRing,
  type ReencryptEvent,
  reencrypt,
  type Vault,
} from '@classgram/encryption'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sealedColumns } from './sealed-columns.ts'

const keys = { old: generateEncryptionKey(), new: generateEncryptionKey() }
const hashKey = generateEncryptionKey()
const strange = { current: 'strange', keys: { strange: generateEncryptionKey() }, hashKey }
const vaultOf = (ring: object) => createVault(keyRing.parse(ring))
const rings = {
  old: { current: 'old', keys, hashKey },
  new: { current: 'new', keys, hashKey },
}
const ring = keyRing.parse(rings.new)

let school: TestSchool
beforeAll(async () => {
  const ENCRYPTION_KEYS = JSON.stringify(rings.new)
  school = await startSchool({ services: ['auth'], env: { auth: { ENCRYPTION_KEYS } } })
})
afterAll(() => school.close())
beforeEach(() => write('DELETE FROM users', 'DELETE FROM signing_keys'))

const owner = () => school.database('auth').owner

async function write(...statements: string[]): Promise<void> {
  const own = [`SET LOCAL classgram.actor = 'system:test'`, ...statements]
  await owner().query(`BEGIN; ${own.join('; ')}; COMMIT`)
}

const idOf = (n: number) => 4_294_967_301n + BigInt(n)
const phoneOf = (n: number) => `+7000${1_000_000 + n}`
const emailOf = (n: number) => `person-${n}@example.org`

function user(n: number, vault: Vault, contacts = { phone: phoneOf(n), email: emailOf(n) }) {
  const phone = vault.seal(contacts.phone, 'users.phone')
  const email = vault.seal(contacts.email, 'users.email')
  return {
    telegram_id: idOf(n),
    first_name: `Person ${n}`,
    phone_ciphertext: hex(phone.ciphertext),
    phone_key_id: phone.keyId,
    phone_hash: hex(vault.hash(contacts.phone, 'users.phone')),
    email_ciphertext: hex(email.ciphertext),
    email_key_id: email.keyId,
    email_hash: hex(vault.hash(contacts.email, 'users.email')),
  }
}

const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}`

/** People sealed with the old key, every third one with the new. */
async function fill(count: number): Promise<void> {
  const [before, now] = [vaultOf(rings.old), vaultOf(rings.new)]
  const people = Array.from({ length: count }, (_, n) => user(n, n % 3 === 2 ? now : before))
  await insert(school.database('auth'), 'users', ...people)
}

async function contacts(n: number) {
  const query = 'query ($id: TelegramID!) { user(telegramId: $id) { phone email } }'
  const answer = await school.ask('auth', as.admin(), query, { id: idOf(n) })
  return answer.data?.user
}

async function countByKey(): Promise<Record<string, number>> {
  const { rows } = await owner().query(
    `SELECT key_id, count(*)::int AS count
       FROM (SELECT phone_key_id AS key_id FROM users UNION ALL SELECT email_key_id FROM users)
      WHERE key_id IS NOT NULL GROUP BY key_id`,
  )
  return Object.fromEntries(rows.map((row) => [row.key_id, row.count]))
}

const command = [join(import.meta.dirname, 'reencrypt.ts')]
const environment = () => ({
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  DATABASE_URL: school.database('auth').url,
  ENCRYPTION_KEYS: JSON.stringify(rings.new),
})

const run = () => promisify(execFile)(process.execPath, command, { env: environment() })

async function all(events: AsyncIterable<ReencryptEvent>): Promise<ReencryptEvent[]> {
  const seen: ReencryptEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

test('everything comes under the current key, and reads as before', async () => {
  await fill(30)
  const phone = createVault(ring).hash(phoneOf(0), 'users.phone')
  const hashes = async () =>
    (await owner().query('SELECT phone_hash, email_hash, updated_at FROM users ORDER BY id')).rows
  const earlier = await hashes()
  expect(await contacts(0)).toEqual({ phone: phoneOf(0), email: emailOf(0) })

  const { stdout } = await run()
  expect(stdout.split('\n')).toEqual([
    'auth.users: 0 moved, 40 to go',
    'auth.users: 40 moved, 0 to go',
    'auth.signing_keys: 0 moved, 0 to go',
    'auth: no value uses key old any more',
    '',
  ])
  expect(await countByKey()).toEqual({ new: 60 })
  for (const n of [0, 2, 29]) {
    expect(await contacts(n)).toEqual({ phone: phoneOf(n), email: emailOf(n) })
  }
  expect(await hashes()).toEqual(earlier)
  const found = await owner().query('SELECT telegram_id FROM users WHERE phone_hash = $1', [
    Buffer.from(phone),
  ])
  expect(found.rows).toEqual([{ telegram_id: String(idOf(0)) }])
  // A second run finds nothing to do.
  expect((await run()).stdout).toContain('auth.users: 0 moved, 0 to go\n')
})

test('a signing key moves, too, and goes on signing', async () => {
  await insert(school.database('auth'), 'users', { telegram_id: idOf(0), first_name: 'Anna' })
  const signIn = `mutation { devSignIn(telegramId: "${idOf(0)}") { accessToken } }`
  await school.ask('auth', as.anonymous, signIn)
  const { rows } = await owner().query('SELECT private_key_ciphertext FROM signing_keys')
  const purpose = 'signing_keys.private_key'
  const { private_key_ciphertext: ciphertext } = rows[0]
  const text = vaultOf(rings.new).open({ ciphertext, keyId: 'new' }, purpose)
  const asBefore = hex(vaultOf(rings.old).seal(text, purpose).ciphertext)
  await write(
    `UPDATE signing_keys SET private_key_ciphertext = '${asBefore}', private_key_key_id = 'old'`,
  )
  const { data: during } = await school.ask('auth', as.anonymous, signIn)
  expect((await run()).stdout).toContain('auth.signing_keys: 1 moved, 0 to go\n')
  const { data: after } = await school.ask('auth', as.anonymous, signIn)
  const headOf = (token: string) => token.split('.')[0]
  expect(headOf(after.devSignIn.accessToken)).toBe(headOf(during.devSignIn.accessToken))
})

test('interrupted after the first batch it keeps what it has done, and is resumed', async () => {
  await fill(30)
  for await (const event of reencrypt(owner(), ring, sealedColumns, 6)) {
    if (event.kind === 'progress' && event.moved > 0) {
      expect(event).toMatchObject({ table: 'users', moved: 12, remaining: 28 })
      break
    }
  }
  expect(await countByKey()).toEqual({ old: 28, new: 32 })
  for (const n of [0, 28]) expect(await contacts(n)).toMatchObject({ phone: phoneOf(n) })
  const events = await all(reencrypt(owner(), ring, sealedColumns, 6))
  expect(events[0]).toMatchObject({ moved: 0, remaining: 28 })
  expect(events.at(-1)).toEqual({ kind: 'old-key', keyId: 'old', values: 0 })
  expect(await countByKey()).toEqual({ new: 60 })
})

test('killed in the midst it leaves every value whole', async () => {
  await fill(1_500)
  const child = spawn(process.execPath, command, { env: environment() })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
    if (/: [1-9]\d* moved/.test(printed)) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect(child.signalCode).toBe('SIGKILL')
  expect(printed).not.toContain('any more')
  await run()
  expect(await countByKey()).toEqual({ new: 3_000 })
  for (const n of [0, 700, 1_499]) {
    expect(await contacts(n)).toEqual({ phone: phoneOf(n), email: emailOf(n) })
  }
})

test('what somebody writes meanwhile is not lost', async () => {
  await fill(9)
  // As a server that does not have the new setting yet would write.
  const late = user(0, vaultOf(rings.old), { phone: '+70009999999', email: 'late@example.org' })
  const writer = await owner().connect()
  await writer.query(`BEGIN; SET LOCAL classgram.actor = 'system:test'`)
  await writer.query(
    `UPDATE users SET phone_ciphertext = $1, phone_key_id = 'old', phone_hash = $2
      WHERE telegram_id = $3`,
    [late.phone_ciphertext, late.phone_hash, String(idOf(0))],
  )
  const running = run()
  try {
    // All others are moved, the one that is being written is passed over.
    await expect.poll(countByKey, { timeout: 5_000 }).toEqual({ old: 2, new: 16 })
  } finally {
    await writer.query('COMMIT')
    writer.release()
  }
  expect((await running).stdout).toContain('auth: no value uses key old any more')
  expect(await contacts(0)).toEqual({ phone: '+70009999999', email: emailOf(0) })
})

test('while the service changes contacts, each reads as it was written last', async () => {
  await fill(60)
  const update =
    'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { phone } } }'
  const running = all(reencrypt(owner(), ring, sealedColumns, 2))
  const changes = Array.from({ length: 20 }, (_, n) => 59 - 3 * n)
  for (const n of changes) {
    const input = { telegramId: idOf(n), phone: phoneOf(n + 5_000) }
    const answer = await school.ask('auth', as.student(idOf(n)), update, { input })
    expect(answer.errors).toBeUndefined()
    expect(await contacts(n - 1)).toEqual({ phone: phoneOf(n - 1), email: emailOf(n - 1) })
  }
  await running
  expect(await countByKey()).toEqual({ new: 120 })
  for (const n of changes) expect(await contacts(n)).toMatchObject({ phone: phoneOf(n + 5_000) })
})

test('a reference to a row that is being moved need not wait', async () => {
  await fill(3)
  const reader = await owner().connect()
  await reader.query('BEGIN; SELECT FROM users FOR KEY SHARE')
  try {
    expect((await run()).stdout).toContain('auth.users: 4 moved, 0 to go')
  } finally {
    await reader.query('ROLLBACK')
    reader.release()
  }
})

test('a value that no key opens is told and left; the rest is moved', async () => {
  await fill(4)
  await insert(school.database('auth'), 'users', user(50, vaultOf(strange)))
  await write(
    `UPDATE users SET email_ciphertext = set_byte(email_ciphertext, 30, get_byte(email_ciphertext, 30) # 1)
      WHERE telegram_id = ${idOf(1)}`,
  )
  const { rows } = await owner().query(
    'SELECT id FROM users WHERE telegram_id = ANY ($1) ORDER BY telegram_id',
    [[String(idOf(1)), String(idOf(50))]],
  )
  const [tampered, foreign] = rows.map((row) => row.id)
  const failure = await run().catch((error) => error)
  expect(failure).toMatchObject({ code: 1, stderr: '' })
  expect(failure.stdout.split('\n')).toEqual([
    'auth.users: 0 moved, 8 to go',
    `auth.users ${tampered}: email cannot be opened with key old, left as it is`,
    `auth.users ${foreign}: phone cannot be opened with key strange, left as it is`,
    `auth.users ${foreign}: email cannot be opened with key strange, left as it is`,
    'auth.users: 5 moved, 3 to go',
    'auth.signing_keys: 0 moved, 0 to go',
    'auth: key old must stay, values sealed with it: 1',
    'auth: key strange must stay, values sealed with it: 2',
    '',
  ])
  expect(await countByKey()).toEqual({ new: 7, old: 1, strange: 2 })
})

test('who did it stands in the audit log; nothing in it or in the output is in the clear', async () => {
  await fill(3)
  await insert(school.database('auth'), 'users', user(50, vaultOf(strange)))
  const { rows: before } = await owner().query('SELECT users::text AS text FROM users')
  const { stdout, stderr } = await run().catch((error) => error)
  const { rows } = await owner().query(
    `SELECT action, before, after, audit_log::text AS text FROM audit_log
      WHERE actor = 'system:reencrypt'
        AND row_id IN (SELECT id::text FROM users WHERE telegram_id <> ${idOf(50)})`,
  )
  // Two people, both values of a person in one change.
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({
    action: 'UPDATE',
    before: { phone_ciphertext: '***', phone_key_id: 'old', email_key_id: 'old' },
    after: { email_ciphertext: '***', phone_key_id: 'new', email_key_id: 'new' },
  })
  const seen = stdout + stderr + rows.map((row) => row.text).join()
  expect(seen).not.toMatch(/\+7000|@example|\\x/)
  for (const key of Object.values(keys)) expect(seen).not.toContain(key)
  expect(before.map((row) => row.text).join()).not.toMatch(/\+7000|@example/)
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
