import { Writable } from 'node:stream'
import { createLogger } from '@classgram/server'
import { eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, createProgram, rotateSecret, updateClient } from './test-program.ts'

const { people, group, lesson, fillEveningEnglish } = eveningEnglish

let logged = ''
const log = new Writable({
  write(chunk, _, done) {
    logged += chunk
    done()
  },
})

let school: TestSchool
let program: ReturnType<typeof createProgram>
let admin: string
beforeAll(async () => {
  school = await startSchool({
    services: ['auth', 'teachers', 'students', 'groups', 'calendar', 'notification'],
    gateway: true,
    overrides: { logger: createLogger('school', 'debug', log) },
  })
  await fillEveningEnglish(school)
  program = createProgram(school)
  admin = await school.signIn(people.admin)
})
afterAll(() => school.close())

const makeCode =
  'mutation ($input: CreateLoginCodeInput!) { createLoginCode(input: $input) { code } }'
const useCode =
  'mutation ($input: SignInWithCodeInput!) { signInWithCode(input: $input) { accessToken refreshToken } }'
const tell =
  'mutation ($input: CreateNotificationInput!) { createNotification(input: $input) { notification { id status } } }'
const code = (answer: Awaited<ReturnType<TestSchool['query']>>) =>
  answer.errors?.[0]?.extensions.code

/** Registers a program at the gateway, as an administrator does. */
async function register(clientId: string, scopes: string[]): Promise<string> {
  const input = { clientId, name: 'A program', scopes }
  const { data } = await school.query(admin, createClient, { input })
  return data.createOauthClient.secret
}

async function tokenOf(clientId: string, secret: string): Promise<string> {
  return (await program.ask(clientId, secret)).body.access_token
}

/** Plans a notification for Anna. */
const tellAnna = (token: string) =>
  school.query(token, tell, {
    input: {
      recipientTelegramId: people.anna,
      kind: 'ANNOUNCEMENT',
      text: 'Hello.',
      deduplicationKey: crypto.randomUUID(),
    },
  })

const readNames = (token: string) => school.query(token, '{ groups { nodes { name } } }')

async function actorsOf(service: string, table: string): Promise<string[]> {
  const { rows } = await school
    .database(service)
    .owner.query(`SELECT actor FROM audit_log WHERE table_name = $1 AND action = 'INSERT'`, [table])
  return rows.map(({ actor }) => actor)
}

test('from a program that an administrator registers to a person who signs in; no log tells how', async () => {
  const secret = await register('our-bot', [
    'groups:read',
    'login-codes:create',
    'notifications:create',
  ])
  const token = await tokenOf('our-bot', secret)
  expect(await readNames(token)).toEqual({
    data: { groups: { nodes: [{ name: 'Evening English' }] } },
  })

  const made = await school.query(token, makeCode, { input: { telegramId: people.anna } })
  const input = { telegramId: people.anna, code: made.data.createLoginCode.code }
  const { data } = await school.query(null, useCode, { input })
  const { accessToken, refreshToken } = data.signInWithCode
  const me = await school.query(accessToken, '{ me { telegramId } }')
  expect(me.data.me.telegramId).toBe(String(people.anna))
  const told = await tellAnna(token)
  expect(told.data.createNotification.notification.status).toBe('SCHEDULED')
  expect(await actorsOf('auth', 'login_codes')).toEqual(['client:our-bot'])
  expect(await actorsOf('notification', 'notifications')).toContain('client:our-bot')

  const assertion = await program.sign('notification')
  const service = (await program.assert(assertion)).body.access_token
  const again = await school.query(service, makeCode, { input: { telegramId: people.boris } })
  expect(await actorsOf('auth', 'login_codes')).toContain('client:notification')

  const rotated = await school.query(admin, rotateSecret, { input: { clientId: 'our-bot' } })
  const next = rotated.data.rotateOauthClientSecret.secret
  await program.ask('our-bot', `${next}wrong`)
  await program.post({
    grant_type: 'client_credentials',
    client_id: 'our-bot',
    client_secret: next,
  })
  await program.post({ grant_type: 'client_credentials' }, { query: `?client_secret=${next}` })
  await program.post(`{"client_secret":"${next}"}`, {
    headers: { 'content-type': 'application/json' },
  })
  // The same requests, while auth is away.
  const restart = await school.stop('auth')
  await program.ask('our-bot', next)
  await program.assert(assertion)
  await restart()

  expect(logged).toContain('"path":"/oauth/token"')
  expect(logged).toContain('subgraph did not answer')
  const basicOf = (part: string) => Buffer.from(`our-bot:${part}`).toString('base64')
  for (const hidden of [
    ...[secret, next, basicOf(secret), basicOf(next)],
    ...[token, service, accessToken, refreshToken, admin, assertion],
    ...[input.code, again.data.createLoginCode.code],
  ]) {
    expect(hidden.length).toBeGreaterThanOrEqual(8)
    expect(logged).not.toContain(hidden)
  }
})

test('a program that was shut out writes nothing from that moment; it reads until its token ends', async () => {
  const token = await tokenOf(
    'shut',
    await register('shut', ['groups:read', 'notifications:create']),
  )
  expect(code(await tellAnna(token))).toBeUndefined()
  const change = (input: object) =>
    school.query(admin, updateClient, { input: { clientId: 'shut', ...input } })
  await change({ isActive: false })
  expect(code(await tellAnna(token))).toBe('UNAUTHENTICATED')
  expect((await readNames(token)).errors).toBeUndefined()

  await change({ isActive: true, scopes: ['groups:read'] })
  expect(code(await tellAnna(token))).toBe('FORBIDDEN')
  await change({ scopes: ['groups:read', 'login-codes:create', 'notifications:create'] })
  expect(code(await tellAnna(token))).toBeUndefined()
  // What it was given since is for its next token.
  expect(code(await school.query(token, makeCode, { input: { telegramId: people.anna } }))).toBe(
    'FORBIDDEN',
  )
})

test('a token opens what its scopes open, and nothing else', async () => {
  const all = ['calendar:read', 'groups:read', 'people:read']
  const secret = await register('reader', all)
  const narrow = (await program.ask('reader', secret, { scope: 'groups:read' })).body.access_token
  const wide = await tokenOf('reader', secret)
  const person = `user(telegramId: "${people.anna}")`
  const refusedTo = async (token: string, query: string, input?: object) =>
    code(await school.query(token, query, input && { input }))

  expect(await refusedTo(narrow, `{ ${person} { firstName } }`)).toBe('FORBIDDEN')
  expect(await refusedTo(narrow, `{ lesson(id: "${lesson}") { title } }`)).toBe('FORBIDDEN')
  expect(
    await refusedTo(wide, `{ ${person} { firstName } lesson(id: "${lesson}") { title } }`),
  ).toBe(undefined)
  expect(await refusedTo(wide, `{ ${person} { phone } }`)).toBe('FORBIDDEN')
  expect(await refusedTo(wide, `{ ${person} { isActive } }`)).toBe('FORBIDDEN')
  expect(await refusedTo(wide, '{ me { telegramId } }')).toBe('FORBIDDEN')
  expect(await refusedTo(wide, '{ oauthClients { nodes { clientId } } }')).toBe('FORBIDDEN')
  const own = { clientId: 'reader', scopes: ['contacts:read'] }
  expect(await refusedTo(wide, updateClient, own)).toBe('FORBIDDEN')
  expect(await refusedTo(wide, makeCode, { telegramId: people.admin })).toBe('FORBIDDEN')
  expect(
    await refusedTo(
      wide,
      'mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { name } } }',
      { id: group, name: 'Mine' },
    ),
  ).toBe('FORBIDDEN')
})
