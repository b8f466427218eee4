import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { createAccessTokenVerifier, createEnvelopeSigner, type Viewer } from '@classgram/viewer'
import { createLocalJWKSet, decodeJwt, type JWK } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { basic, createProgram, expectRefusal } from './test-program.ts'

const admin = 9_000_000_001n
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
    telegram_id: admin,
    role: 'ADMIN',
    first_name: 'Vera',
  })
  secret = await program.register('crm', ['groups:read', 'people:read'])
})
afterAll(() => school.close())
afterEach(() => {
  ahead = 0
})

const issuer = () => `http://localhost:${new URL(school.gatewayUrl).port}`

async function open(token: string) {
  const jwks = await (await fetch(`${school.url('gateway')}/.well-known/jwks.json`)).json()
  return createAccessTokenVerifier(issuer(), createLocalJWKSet(jwks as never))(token)
}

describe('a token', () => {
  test('is given for id and secret in the header, with all that the program may', async () => {
    const { status, headers, body } = await program.ask('crm', secret)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('pragma')).toBe('no-cache')
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'groups:read people:read',
    })
    expect(await open(body.access_token)).toEqual({
      kind: 'machine',
      clientId: 'crm',
      scopes: ['groups:read', 'people:read'],
    })
    // What RFC 9068, section 2.2, requires.
    const { exp = 0, iat = 0, ...claims } = decodeJwt(body.access_token)
    expect(exp - iat).toBe(900)
    expect(claims).toEqual({
      iss: issuer(),
      aud: 'classgram',
      sub: 'crm',
      client_id: 'crm',
      scope: 'groups:read people:read',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test('is given for id and secret in the body, and for a part of what the program may', async () => {
    const body = { ...grant, client_id: 'crm', client_secret: secret, scope: 'groups:read' }
    const answer = await program.post(body)
    expect([answer.status, answer.body.scope]).toEqual([200, 'groups:read'])
    expect(await open(answer.body.access_token)).toMatchObject({ scopes: ['groups:read'] })
  })

  test('is given however the header is spelt, and with the same id in the body', async () => {
    const plain = Buffer.from(`crm:${secret}`).toString('base64')
    const escaped = Buffer.from(`%63rm:${secret}`).toString('base64')
    for (const authorization of [`basic ${plain}`, `Basic  ${escaped}`]) {
      const answer = await program.post(
        { ...grant, client_id: 'crm' },
        { headers: { authorization } },
      )
      expect(answer.status).toBe(200)
    }
  })

  test('takes unknown parameters, and empty ones as not sent', async () => {
    const answer = await program.ask('crm', secret, { scope: '', client_secret: '', resource: 'x' })
    expect([answer.status, answer.body.scope]).toEqual([200, 'groups:read people:read'])
  })

  test('is given to each of 50 at once, and the last use is noted once', async () => {
    const own = await program.register('busy', ['groups:read'])
    const answers = await Promise.all(Array.from({ length: 50 }, () => program.ask('busy', own)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const noted = () =>
      school.database('auth').owner.query(
        `SELECT actor, request_id FROM audit_log WHERE table_name = 'oauth_clients'
         AND action = 'UPDATE' AND row_id = (SELECT id::text FROM oauth_clients WHERE client_id = 'busy')`,
      )
    expect((await noted()).rows).toEqual([
      { actor: 'client:busy', request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ])
    ahead = minute + 1_000
    await program.ask('busy', own)
    await program.ask('busy', own)
    expect((await noted()).rows).toHaveLength(2)
  })

  test('does not outlive its program', async () => {
    const expiresAt = new Date(Date.now() + 5 * minute).toISOString()
    const own = await program.register('short-lived', ['groups:read'], { expiresAt })
    const { body } = await program.ask('short-lived', own)
    expect(body.expires_in).toBeGreaterThan(280)
    expect(body.expires_in).toBeLessThanOrEqual(300)
  })
})

test('a secret that was replaced gets no more tokens', async () => {
  const before = await program.register('rotated', ['groups:read'])
  const token = await school.signIn(admin)
  const { data } = await school.query(
    token,
    'mutation { rotateOauthClientSecret(input: { clientId: "rotated" }) { secret } }',
  )
  expectRefusal(await program.ask('rotated', before), 401, 'invalid_client')
  expect((await program.ask('rotated', data.rotateOauthClientSecret.secret)).status).toBe(200)
})

test("auth's own door is open to the gateway alone", async () => {
  const knock = async (headers: Record<string, string>) => {
    const response = await fetch(`${school.url('auth')}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic('crm', secret), ...headers },
      body: new URLSearchParams(grant),
    })
    return response.status
  }
  expect(await knock({})).toBe(401)
  expect(await knock({ 'x-classgram-envelope': 'forged' })).toBe(401)
  const { access_token } = (await program.ask('crm', secret)).body
  expect(await knock({ 'x-classgram-envelope': access_token })).toBe(401)
  const envelope = async (caller: string, viewer: Viewer, audience = 'auth') => {
    const sign = await createEnvelopeSigner(school.envelopeKeys[caller] as JWK)
    return knock({ 'x-classgram-envelope': await sign({ viewer }, audience) })
  }
  expect(await envelope('gateway', as.anonymous, 'groups')).toBe(401)
  expect(await envelope('calendar', as.anonymous)).toBe(401)
  expect(await envelope('calendar', as.service('calendar'))).toBe(400)
  expect(await envelope('gateway', as.anonymous)).toBe(200)
})

test('programs read from the gateway where to get tokens, and what there is', async () => {
  const response = await fetch(`${school.url('gateway')}/.well-known/oauth-authorization-server`)
  const metadata = (await response.json()) as Record<string, unknown>
  expect(metadata).toMatchObject({
    issuer: issuer(),
    token_endpoint: `${issuer()}/oauth/token`,
    jwks_uri: `${issuer()}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials'],
    scopes_supported: expect.arrayContaining(['groups:read']),
  })
})

test('while auth is away programs are told to come back', async () => {
  const restart = await school.stop('auth')
  try {
    expectRefusal(await program.ask('crm', secret), 503, 'temporarily_unavailable')
    const { status } = await fetch(`${school.url('gateway')}/.well-known/jwks.json`)
    expect(status).toBe(503)
  } finally {
    await restart()
  }
  expect((await program.ask('crm', secret)).status).toBe(200)
})
