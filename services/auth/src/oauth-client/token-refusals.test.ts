import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { basic, createProgram, expectRefusal, type TokenAnswer } from './test-program.ts'

const minute = 60_000
const grant = { grant_type: 'client_credentials' }

/** How far auth's clock is ahead. */
let ahead = 0
let school: TestSchool
let program: ReturnType<typeof createProgram>
let secret: string
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    gateway: true,
    overrides: { clock: () => new Date(Date.now() + ahead) },
  })
  program = createProgram(school)
  await insert(school.database('auth'), 'users', {
    telegram_id: 9_000_000_001n,
    role: 'ADMIN',
    first_name: 'Vera',
  })
  secret = await program.register('crm', ['groups:read', 'people:read'])
})
afterAll(() => school.close())
afterEach(() => {
  ahead = 0
})

describe('who is refused', () => {
  test('is told the same whatever is wrong with id and secret, after the same work', async () => {
    const gone = await program.register('gone', ['groups:read'])
    await program.update({ clientId: 'gone', isActive: false })
    const over = await program.register('over', ['groups:read'], {
      expiresAt: new Date(Date.now() + minute).toISOString(),
    })
    ahead = 2 * minute
    const answers = [
      await program.ask('crm', 'wrong'),
      await program.ask('crm', `${secret}x`),
      await program.ask('crm', ''),
      await program.ask('nobody', secret),
      await program.ask('', secret),
      await program.ask('a\0b', secret),
      await program.ask('CRM', secret),
      await program.ask('gone', gone),
      await program.ask('over', over),
      await program.ask('notification', secret),
      await program.post({ ...grant, client_id: 'crm', client_secret: 'wrong' }),
      await program.post({ ...grant, client_id: 'crm' }),
      await program.post(grant),
    ]
    for (const answer of answers) expectRefusal(answer, 401, 'invalid_client')
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    const work = async (id: string) => {
      const statements = await school.statements('auth', () => program.ask(id, 'wrong'))
      return statements.filter((sql) => sql.includes('oauth_clients'))
    }
    expect(await work('crm')).toHaveLength(1)
    expect(await work('nobody')).toEqual(await work('crm'))
  })

  test.each([
    ['a bearer token', 'Bearer abc'],
    ['no base64', 'Basic ?'],
    ['nothing after it', 'Basic'],
    ['no colon', `Basic ${Buffer.from('crm').toString('base64')}`],
    ['a broken escape', `Basic ${Buffer.from('crm:%zz').toString('base64')}`],
  ])('has a header with %s', async (_, authorization) => {
    expectRefusal(await program.post(grant, { headers: { authorization } }), 401, 'invalid_client')
  })

  test.each<[string, string, () => Promise<TokenAnswer>]>([
    [
      'signs in by header and body at once',
      'invalid_request',
      () => program.ask('crm', secret, { client_id: 'crm', client_secret: secret }),
    ],
    [
      'signs in by secret and assertion at once',
      'invalid_request',
      () => program.ask('crm', secret, { client_assertion: 'a.b.c' }),
    ],
    [
      'names another program in the body than in the header',
      'invalid_request',
      () => program.ask('crm', secret, { client_id: 'other' }),
    ],
    [
      'sends a secret without an id',
      'invalid_request',
      () => program.post({ ...grant, client_secret: secret }),
    ],
    [
      'sends no grant type',
      'invalid_request',
      () => program.post('', { headers: { authorization: basic('crm', secret) } }),
    ],
    [
      'sends a parameter twice',
      'invalid_request',
      () =>
        program.post(
          `grant_type=client_credentials&client_id=crm&client_secret=${secret}&client_id=crm`,
        ),
    ],
    [
      'sends an unknown parameter twice',
      'invalid_request',
      () =>
        program.post('grant_type=client_credentials&a=1&a=', {
          headers: { authorization: basic('crm', secret) },
        }),
    ],
    [
      'sends the secret in the address',
      'invalid_request',
      () => program.post({ ...grant, client_id: 'crm' }, { query: `?client_secret=${secret}` }),
    ],
    [
      'sends JSON',
      'invalid_request',
      () =>
        program.post(JSON.stringify({ ...grant, client_id: 'crm', client_secret: secret }), {
          headers: { 'content-type': 'application/json' },
        }),
    ],
    [
      'sends a form of parts',
      'invalid_request',
      () => program.post('x', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
    ],
    [
      "asks with a person's password",
      'unsupported_grant_type',
      () => program.ask('crm', secret, { grant_type: 'password', username: 'a', password: 'b' }),
    ],
    [
      'asks for a code to be exchanged',
      'unsupported_grant_type',
      () => program.ask('crm', secret, { grant_type: 'authorization_code', code: 'x' }),
    ],
    [
      'asks for a scope that it does not have',
      'invalid_scope',
      () => program.ask('crm', secret, { scope: 'groups:read contacts:read' }),
    ],
    [
      'asks for a scope that nobody has',
      'invalid_scope',
      () => program.ask('crm', secret, { scope: 'groups:write' }),
    ],
    ['asks for no scope', 'invalid_scope', () => program.ask('crm', secret, { scope: ' ' })],
  ])('%s: %s', async (_, error, act) => {
    expectRefusal(await act(), 400, error)
  })

  test('sends a huge body', async () => {
    const answer = await program.ask('crm', secret, { padding: 'x'.repeat(17 * 1024) })
    expectRefusal(answer, 413, 'invalid_request')
  })

  test('was granted nothing', async () => {
    const own = await program.register('empty', ['groups:read'])
    await school.database('auth').owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
         UPDATE oauth_clients SET scopes = '{}' WHERE client_id = 'empty'; COMMIT`,
    )
    expectRefusal(await program.ask('empty', own), 400, 'unauthorized_client')
  })

  test('does not post', async () => {
    const { status } = await fetch(
      `${school.url('gateway')}/oauth/token?${new URLSearchParams(grant)}`,
    )
    expect(status).toBe(404)
  })
})
