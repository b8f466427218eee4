import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connect } from '@classgram/database'
import { createVault, generateEncryptionKey, keyRing } from '@classgram/encryption'
import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { PrismaClient } from '../generated/prisma/client.ts'
import { rotateSigningKeys } from './signing-keys.ts'

const anna = 4_294_967_301n
const minute = 60_000

const encryptionKeys = JSON.stringify({
  current: 'k1',
  keys: { k1: generateEncryptionKey() },
  hashKey: generateEncryptionKey(),
})

/** How far auth's clock is ahead; tokens and the gateway keep to the real one. */
let ahead = 0
const clock = () => new Date(Date.now() + ahead)

let school: TestSchool
let app: Parameters<typeof rotateSigningKeys>[0]
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    gateway: true,
    env: { auth: { ENCRYPTION_KEYS: encryptionKeys } },
    overrides: { clock },
  })
  await insert(school.database('auth'), 'users', { telegram_id: anna, first_name: 'Anna' })
  const connection = connect(school.database('auth').url, { max: 4 })
  const db = new PrismaClient({ adapter: connection.adapter })
  app = { db, vault: createVault(keyRing.parse(JSON.parse(encryptionKeys))), clock }
  return () => connection.close()
})
afterAll(() => school.close())
beforeEach(async () => {
  ahead = 0
  await school
    .database('auth')
    .owner.query(
      `BEGIN; SET LOCAL classgram.actor = 'system:test'; DELETE FROM signing_keys; COMMIT`,
    )
})

const kidOf = (token: string) => decodeProtectedHeader(token).kid
const signIn = () => school.signIn(anna)

async function verifies(token: string): Promise<boolean> {
  const { data } = await school.query(token, '{ me { telegramId } }')
  return data?.me?.telegramId === String(anna)
}

async function published(): Promise<string[]> {
  const response = await fetch(`${school.url('auth')}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { keys: Record<string, string>[] }
  expect(keys.every((key) => key.d === undefined)).toBe(true)
  return keys.map((key) => String(key.kid))
}

async function privateHalves(): Promise<string[]> {
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT kid FROM signing_keys WHERE private_key_ciphertext IS NOT NULL')
  return rows.map((row) => row.kid)
}

/** No settings: where programs are, and what of them is compiled already. */
const { PATH, NODE_COMPILE_CACHE } = process.env
const system = { PATH, NODE_COMPILE_CACHE }

async function run(...args: string[]): Promise<string> {
  const command = [join(import.meta.dirname, '../cli/rotate-keys.ts'), ...args]
  const DATABASE_URL = school.database('auth').url
  const env = { ...system, DATABASE_URL, ENCRYPTION_KEYS: encryptionKeys }
  return (await promisify(execFile)(process.execPath, command, { env })).stdout
}

test('tokens from before, during and after a rotation hold; then the old key is gone', async () => {
  const before = await signIn()
  const [old = ''] = await published()

  const printed = await run()
  const [next = ''] = (await published()).filter((kid) => kid !== old)
  expect(printed).toMatch(`Made key ${next}, which is published.\n`)
  expect(printed).toMatch(`Key ${old} signs until then, and verifies until `)
  const during = await signIn()
  expect([kidOf(before), kidOf(during)]).toEqual([old, old])
  expect(await verifies(before)).toBe(true)
  expect(await verifies(during)).toBe(true)

  ahead = 5 * minute
  const after = await signIn()
  expect(kidOf(after)).toBe(next)
  expect(await published()).toEqual([next, old])
  for (const token of [before, during, after]) expect(await verifies(token)).toBe(true)

  ahead = 7 * minute
  await signIn()
  expect(await privateHalves()).toEqual([next])
  // The last token of the old key was signed at most 15 minutes before.
  ahead = 20 * minute
  expect(await published()).toEqual([next, old])
  ahead = 36 * minute
  expect(await published()).toEqual([next])
  const startGateway = await school.stop('gateway')
  await startGateway()
  expect(await verifies(before)).toBe(false)
  expect(await verifies(after)).toBe(true)
})

test('no sign-in fails while keys rotate without a lead', async () => {
  const tokens = [await signIn()]
  let isOver = false
  const signing = (async () => {
    while (!isOver) tokens.push(await signIn())
  })()
  for (let turn = 0; turn < 3; turn++) await rotateSigningKeys(app, { leadMs: 0 })
  isOver = true
  await signing
  tokens.push(await signIn())
  expect(new Set(tokens.map(kidOf)).size).toBeGreaterThan(1)
  expect(kidOf(tokens.at(-1) ?? '')).toBe((await published())[0])
})

test('of eight rotations at once, one makes the key', async () => {
  await signIn()
  const { owner } = school.database('auth')
  const holder = await owner.connect()
  await holder.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('signing keys'))`)
  const rotations = Promise.all(Array.from({ length: 8 }, () => rotateSigningKeys(app)))
  // As many as have connections are at the same point now.
  const waiting = `SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
  try {
    await expect.poll(async () => (await owner.query(waiting)).rows).toEqual([{ count: 4 }])
  } finally {
    await holder.query('COMMIT')
    holder.release()
  }
  const turns = await rotations
  expect(turns.filter((turn) => turn.isNew)).toHaveLength(1)
  expect(new Set(turns.map((turn) => `${turn.kid} ${turn.signsFrom}`)).size).toBe(1)
  expect(await published()).toHaveLength(2)
})

test('a rotation under way is kept, and hastened on demand', async () => {
  const old = kidOf(await signIn())
  const { kid, signsFrom } = await rotateSigningKeys(app)
  ahead = minute
  expect(await rotateSigningKeys(app)).toMatchObject({ kid, signsFrom, isNew: false })
  expect(kidOf(await signIn())).toBe(old)
  ahead = 0
  expect(await run('--now')).toContain(`Already made: key ${kid}`)
  expect(kidOf(await signIn())).toBe(kid)
  expect(await published()).toHaveLength(2)
})

test('a private half is removed a minute after its last use, by the next who signs', async () => {
  const old = kidOf(await signIn())
  const { kid } = await rotateSigningKeys(app, { leadMs: 0 })
  expect((await privateHalves()).sort()).toEqual([old, kid].sort())
  ahead = minute + 1_000
  await signIn()
  expect(await privateHalves()).toEqual([kid])
})

test('where no key signs, the new one signs at once', async () => {
  const { signsFrom, retired } = await rotateSigningKeys(app)
  expect(signsFrom.getTime()).toBeLessThanOrEqual(Date.now())
  expect(retired).toEqual([])
  expect(await published()).toHaveLength(1)
})

test('the audit log shows what happened, and no key', async () => {
  await signIn()
  await rotateSigningKeys(app, { leadMs: 0 })
  ahead = 2 * minute
  await signIn()
  const { rows } = await school.database('auth').owner.query(
    `SELECT actor, before, after FROM audit_log
        WHERE table_name = 'signing_keys' AND actor <> 'system:test' ORDER BY created_at, id`,
  )
  expect(new Set(rows.map((row) => row.actor))).toEqual(new Set(['system:signing-keys']))
  expect(rows.at(-1)).toMatchObject({
    before: { private_key_ciphertext: '***', private_key_key_id: 'k1' },
    after: { private_key_ciphertext: null },
  })
  expect(JSON.stringify(rows)).not.toMatch(/"d"|\\\\x/)
})

test('without settings or database the command says so in one line', async () => {
  const command = [join(import.meta.dirname, '../cli/rotate-keys.ts')]
  const fail = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, command, { env: { ...system, ...env } })
  await expect(fail({})).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Settings missing or wrong: DATABASE_URL.*\n$/),
  })
  const away = { DATABASE_URL: 'postgresql://auth@127.0.0.1:1/auth' }
  await expect(fail({ ...away, ENCRYPTION_KEYS: encryptionKeys })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The database of DATABASE_URL does not answer.*\n$/),
  })
})
