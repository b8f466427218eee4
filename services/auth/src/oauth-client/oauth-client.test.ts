import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, createProgram, rotateSecret, updateClient } from './test-program.ts'

const admin = 9_000_000_001n

let school: TestSchool
let program: ReturnType<typeof createProgram>
beforeAll(async () => {
  school = await startSchool({ services: ['auth'] })
  program = createProgram(school)
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: admin, role: 'ADMIN', first_name: 'Vera', is_active: true },
    { telegram_id: 7n, role: 'ADMIN', first_name: 'Former', is_active: false },
  )
})
afterAll(() => school.close())

let count = 0
const inputOf = (changes: object = {}) => ({
  clientId: `crm-${count++}`,
  name: 'CRM',
  scopes: ['groups:read'],
  ...changes,
})
const create = (input: object, viewer = as.admin()) =>
  school.ask('auth', viewer, createClient, { input })
const rotate = (clientId: string) =>
  school.ask('auth', as.admin(), rotateSecret, { input: { clientId } })

async function stored(clientId: string) {
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT * FROM oauth_clients WHERE client_id = $1', [clientId])
  return rows[0]
}

test('an administrator registers a program; its secret is shown once and kept nowhere', async () => {
  const input = inputOf({ name: ' CRM ', scopes: ['people:read', 'groups:read', 'people:read'] })
  const { data, errors } = await create(input)
  expect(errors).toBeUndefined()
  const { client, secret } = data.createOauthClient
  expect(client).toEqual({
    clientId: input.clientId,
    name: 'CRM',
    scopes: ['groups:read', 'people:read'],
    isActive: true,
    expiresAt: null,
    lastUsedAt: null,
  })
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  const { rows } = await school.database('auth').owner.query(
    `SELECT text FROM (SELECT oauth_clients::text AS text FROM oauth_clients
       UNION ALL SELECT audit_log::text FROM audit_log
       UNION ALL SELECT idempotency_keys::text FROM idempotency_keys) AS everything`,
  )
  const text = JSON.stringify(rows)
  expect(text).toContain(`user:${admin}`)
  for (const spelling of [secret, Buffer.from(secret, 'base64url').toString('hex')]) {
    expect(text).not.toContain(spelling)
  }
})

test('a retry creates nothing and shows no secret, also of many at once', async () => {
  const input = inputOf({ idempotencyKey: 'crm-once' })
  const answers = await Promise.all(Array.from({ length: 8 }, () => create(input)))
  answers.push(await create(input))
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  const secrets = answers.map(({ data }) => data.createOauthClient.secret).filter(Boolean)
  expect(secrets).toHaveLength(1)
  const reused = await create({ ...input, name: 'Another' })
  expect(reused.errors?.[0].extensions.reason).toBe('IDEMPOTENCY_KEY_REUSED')
})

test('an id is given once', async () => {
  const input = inputOf()
  const answers = await Promise.all(Array.from({ length: 8 }, () => create(input)))
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1)
  const refusals = answers.flatMap(({ errors }) => errors ?? [])
  for (const { extensions } of refusals) {
    expect(extensions).toEqual({ code: 'CONFLICT', reason: 'CLIENT_ID_TAKEN' })
  }
})

test.each([
  ['input.clientId', { clientId: 'ab' }],
  ['input.clientId', { clientId: 'a'.repeat(65) }],
  ['input.clientId', { clientId: 'CRM' }],
  ['input.clientId', { clientId: '4294967301' }],
  ['input.clientId', { clientId: 'crm:1' }],
  ['input.clientId', { clientId: 'crm 1' }],
  ['input.clientId', { clientId: 'crm\0' }],
  ['input.clientId', { clientId: 'gateway' }],
  ['input.clientId', { clientId: 'notification' }],
  ['input.clientId', { clientId: 'auth' }],
  ['input.name', { name: ' ' }],
  ['input.name', { name: 'x'.repeat(101) }],
  ['input.scopes', { scopes: [] }],
  ['input.scopes.1', { scopes: ['groups:read', 'groups:write'] }],
  ['input.scopes.0', { scopes: ['groups:read people:read'] }],
  ['input.scopes.0', { scopes: ['*'] }],
  ['input.expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['input.idempotencyKey', { idempotencyKey: '' }],
])('%s is checked (%#)', async (field, changes) => {
  const input = inputOf(changes)
  const answer = await create(input)
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
})

test('nobody but administrators of the present sees or changes programs', async () => {
  await program.register('guarded', ['groups:read'])
  const list = '{ oauthClients { nodes { clientId } } }'
  const change = { input: { clientId: 'guarded', isActive: false } }
  const cases = [
    [as.anonymous, 'UNAUTHENTICATED'],
    [as.student(5n), 'FORBIDDEN'],
    [as.teacher(5n), 'FORBIDDEN'],
    [as.machine('people:read', 'groups:read'), 'FORBIDDEN'],
    [as.service('notification'), 'FORBIDDEN'],
  ] as const
  for (const [viewer, code] of cases) {
    for (const answer of [
      await school.ask('auth', viewer, list),
      await create(inputOf(), viewer),
      await school.ask('auth', viewer, updateClient, change),
      await school.ask('auth', viewer, rotateSecret, { input: { clientId: 'guarded' } }),
    ]) {
      expect(answer.errors?.[0].extensions.code).toBe(code)
    }
  }
  for (const answer of [
    await create(inputOf(), as.admin(7n)),
    await school.ask('auth', as.admin(7n), updateClient, change),
    await school.ask('auth', as.admin(7n), rotateSecret, { input: { clientId: 'guarded' } }),
  ]) {
    expect(answer.errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
  expect((await stored('guarded')).is_active).toBe(true)
})

test('what is given changes, the rest stays', async () => {
  const expiresAt = '2099-01-01T00:00:00.000Z'
  await program.register('changing', ['groups:read'], { expiresAt })
  const change = async (changes: object) => {
    const answer = await program.update({ clientId: 'changing', ...changes })
    return answer.data?.updateOauthClient?.client ?? answer.errors?.[0].extensions
  }
  const before = {
    clientId: 'changing',
    name: 'A program',
    scopes: ['groups:read'],
    isActive: true,
  }
  expect(await change({ name: null, scopes: null, isActive: null })).toEqual({
    ...before,
    expiresAt,
  })
  expect(await change({ expiresAt: null, isActive: false })).toEqual({
    ...before,
    isActive: false,
    expiresAt: null,
  })
  expect(await change({ name: 'Site', scopes: ['people:read'] })).toMatchObject({
    name: 'Site',
    scopes: ['people:read'],
    isActive: false,
  })
  expect(await change({ scopes: [] })).toEqual({ code: 'BAD_USER_INPUT', field: 'input.scopes' })
  expect(await change({ scopes: ['a:b'] })).toMatchObject({ field: 'input.scopes.0' })
  expect(await change({ expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({
    field: 'input.expiresAt',
  })
  expect((await program.update({ clientId: 'nobody', name: 'X' })).errors?.[0]).toMatchObject({
    extensions: { code: 'NOT_FOUND' },
  })
})

test('another secret takes the place of the one before', async () => {
  const before = await program.register('rotating', ['groups:read'])
  const { secret_hash } = await stored('rotating')
  const { data } = await rotate('rotating')
  const { secret } = data.rotateOauthClientSecret
  expect(secret).not.toBe(before)
  expect((await stored('rotating')).secret_hash).not.toEqual(secret_hash)
  expect((await rotate('nobody')).errors?.[0].extensions.code).toBe('NOT_FOUND')
  expect((await rotate('a\0b')).errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
})

test('programs are listed page by page, in the order in which they came', async () => {
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT client_id FROM oauth_clients ORDER BY created_at, id')
  const ids: string[] = []
  let after: string | null = null
  do {
    const page: { data?: { oauthClients: { nodes: { clientId: string }[]; pageInfo: never } } } =
      await school.ask(
        'auth',
        as.admin(),
        `query ($after: String) {
          oauthClients(first: 2, after: $after) { nodes { clientId } pageInfo { endCursor hasNextPage } }
        }`,
        { after },
      )
    const { nodes, pageInfo } = page.data?.oauthClients ?? { nodes: [], pageInfo: {} as never }
    ids.push(...nodes.map(({ clientId }) => clientId))
    const { hasNextPage, endCursor } = pageInfo as { hasNextPage: boolean; endCursor: string }
    after = hasNextPage ? endCursor : null
  } while (after)
  expect(ids.length).toBeGreaterThan(3)
  expect(ids).toEqual(rows.map(({ client_id }) => client_id))
})
