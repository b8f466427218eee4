import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { createLogger } from '@classgram/server'
import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrange, codeOf, createClient, identityRows, knows } from './test-client.ts'
import { idTokenClaims, startProvider, type TestProvider } from './test-provider.ts'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const vera = 9_000_000_001n

let logged = ''
const log = new Writable({
  write(chunk, _, done) {
    logged += chunk
    done()
  },
})

/** Takes every question and answers none. */
let silent: Server
let local: TestProvider
let leaving: TestProvider
let liar: TestProvider
let school: TestSchool
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  local = await startProvider()
  leaving = await startProvider()
  liar = await startProvider()
  school = await startSchool({
    services: ['auth'],
    env: {
      auth: knows({
        local,
        leaving,
        liar: { issuer: `${liar.issuer}/` },
        silent: { issuer: address },
        away: { issuer: 'http://127.0.0.1:1' },
      }),
    },
    overrides: { logger: createLogger('auth', 'debug', log) },
  })
  client = createClient(school)
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'TEACHER', first_name: 'Anna' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris' },
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera' },
  )
  await client.add(as.admin(), anna, 'anna')
  await client.add(as.admin(), anna, 'anna', 'leaving')
})
afterAll(async () => {
  await school?.close()
  await local?.stop()
  await liar?.stop()
  silent?.closeAllConnections()
  silent?.close()
})

test('whoever signed in at the provider is signed in as the person whom the subject is linked to', async () => {
  const before = Date.now()
  const { data, errors } = await client.signIn(await local.signIn('anna'))
  expect(errors).toBeUndefined()
  const { accessToken, session } = data.signInWithOpenIdConnect
  expect(session.method).toBe('OPENID_CONNECT')
  const [, claims = ''] = accessToken.split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    sub: String(anna),
    role: 'TEACHER',
    sid: session.id,
  })
  const [identity] = await identityRows(school)
  expect(identity.last_used_at.getTime()).toBeGreaterThanOrEqual(before)
  const { rows } = await school.database('auth').owner.query(
    `SELECT DISTINCT table_name, actor FROM audit_log
     WHERE created_at >= $1 AND person_telegram_id = $2 ORDER BY table_name`,
    [new Date(before), anna],
  )
  const actor = `user:${anna}`
  expect(rows).toEqual([
    { table_name: 'identities', actor },
    { table_name: 'sessions', actor },
    { table_name: 'users', actor },
  ])
})

test('a subject that nobody linked signs in nobody and makes nobody, whatever its e-mail', async () => {
  const update = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { email } } }`
  const mail = { telegramId: boris, email: 'boris@school.example' }
  await school.ask('auth', as.student(boris), update, { input: mail })
  const token = await local.signIn('boris')
  const [, claims = ''] = token.idToken.split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    email: 'boris@school.example',
    email_verified: true,
  })
  const count = 'SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM identities)'
  const before = await school.database('auth').owner.query(count)
  expect(codeOf(await client.signIn(token))).toBe('IDENTITY_NOT_LINKED')
  const after = await school.database('auth').owner.query(count)
  expect(after.rows).toEqual(before.rows)
})

test('a provider that the school does not know is not offered', async () => {
  const token = await local.signIn('anna')
  for (const name of ['google', '', '__proto__']) {
    expect(codeOf(await client.signIn(token, name))).toBe('SIGN_IN_NOT_OFFERED')
  }
})

test('of 20 sign-ins at once with one ID token, one opens a session', async () => {
  const token = await local.signIn('anna')
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.signIn(token)))
  const codes = answers.map(codeOf)
  expect(codes.filter((code) => code === undefined)).toHaveLength(1)
  expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(19)
})

test('a token whose signature is written in another way is no other token', async () => {
  const token = await local.signIn('anna')
  expect(codeOf(await client.signIn(token))).toBeUndefined()
  // 256 bytes are 342 letters, of which the last carries four bits that mean nothing.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.idToken.at(-1) ?? '')
  const idToken = `${token.idToken.slice(0, -1)}${alphabet[last ^ 1]}`
  const answer = await client.signIn({ ...token, idToken })
  expect(codeOf(answer)).toBe('UNAUTHENTICATED')
  expect(answer.errors?.[0].message).toContain('used before')
})

test.each([
  ['shut', 'is_active = false', 'is_active = true'],
  ['erased', 'erased_at = now()', 'erased_at = NULL'],
])(
  'nobody signs in while their account is %s, and no ID token is used up',
  async (_, shut, open) => {
    const token = await local.signIn('anna')
    await arrange(school, `UPDATE users SET ${shut} WHERE telegram_id = ${anna}`)
    expect(codeOf(await client.signIn(token))).toBe('FORBIDDEN')
    await arrange(school, `UPDATE users SET ${open} WHERE telegram_id = ${anna}`)
    expect(codeOf(await client.signIn(token))).toBeUndefined()
  },
)

test('new keys of the provider are found while the school runs', async () => {
  const old = await local.signIn('anna')
  await local.rotateKeys()
  // Keys are not fetched more often than every five seconds.
  await expect
    .poll(async () => codeOf(await client.signIn(await local.signIn('anna'))), {
      timeout: 10_000,
      interval: 500,
    })
    .toBeUndefined()
  expect(codeOf(await client.signIn(old))).toBeUndefined()
})

describe('a provider', () => {
  const nonce = 'n-0S6_WzA2Mj'
  const unavailable = (service: string) => ({ code: 'SERVICE_UNAVAILABLE', service })
  const extensions = ({ errors }: Answer) => errors?.[0].extensions

  test('that was never there, or never answers, is unavailable; the school runs', async () => {
    const idToken = await local.sign(idTokenClaims('http://127.0.0.1:1', 'anna', nonce))
    for (const name of ['away', 'silent']) {
      const began = performance.now()
      const answer = await client.signIn({ idToken, nonce }, name)
      expect(extensions(answer)).toEqual(unavailable(name))
      expect(performance.now() - began).toBeLessThan(4_000)
    }
    expect(codeOf(await client.signIn(await local.signIn('anna')))).toBeUndefined()
  })

  test('that speaks for another issuer than the one expected is not believed', async () => {
    expect(extensions(await client.signIn(await liar.signIn('anna'), 'liar'))).toEqual(
      unavailable('liar'),
    )
    expect(logged).toContain('OpenID provider not available')
  })

  test('that goes is unavailable until it is back, unless its keys are known already', async () => {
    const [first, second, third] = [
      await leaving.signIn('anna'),
      await leaving.signIn('anna'),
      await leaving.signIn('anna'),
    ]
    await leaving.stop()
    expect(extensions(await client.signIn(first, 'leaving'))).toEqual(unavailable('leaving'))
    leaving = await startProvider({ port: Number(new URL(leaving.issuer).port) })
    // It came back with other keys, so tokens of before hold no more.
    expect(codeOf(await client.signIn(second, 'leaving'))).toBe('UNAUTHENTICATED')
    const known = await leaving.signIn('anna')
    await leaving.stop()
    expect(codeOf(await client.signIn(known, 'leaving'))).toBeUndefined()
    expect(codeOf(await client.signIn(third, 'leaving'))).toBe('UNAUTHENTICATED')
  })
})

test('no ID token, nonce or other token is in a log line, an error or the database', async () => {
  const good = await local.signIn('anna')
  const unlinked = await local.signIn('secret')
  const foreign = await local.signIn('anna', { clientId: 'shop' })
  const answers = []
  for (const token of [good, good, unlinked, foreign, { ...foreign, nonce: 'secret-nonce' }]) {
    answers.push(await client.signIn(token))
  }
  answers.push(await client.signIn(good, 'away'), await client.link(as.student(boris), foreign))
  const { accessToken, refreshToken } = answers[0]?.data.signInWithOpenIdConnect ?? {}
  const tokens = [good, unlinked, foreign].flatMap(({ idToken, nonce }) => [
    nonce,
    ...idToken.split('.').slice(1),
  ])
  const errors = JSON.stringify(answers.map((answer) => answer.errors))
  const stored = await school.database('auth').owner.query(
    `SELECT string_agg(text, E'\\n') AS text FROM (
       SELECT audit_log::text AS text FROM audit_log
       UNION ALL SELECT idempotency_keys::text FROM idempotency_keys
       UNION ALL SELECT identities::text FROM identities
       UNION ALL SELECT sessions::text FROM sessions) AS everything`,
  )
  expect(logged).toContain('ID token refused')
  for (const secret of [...tokens, accessToken, refreshToken, 'secret-nonce']) {
    expect(secret.length).toBeGreaterThan(8)
    for (const text of [logged, errors, stored.rows[0].text]) expect(text).not.toContain(secret)
  }
})
