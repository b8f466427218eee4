import { as, startSchool, type TestSchool } from '@classgram/test/kit'
import { createEnvelopeSigner, generateKeyPair } from '@classgram/viewer'
import { decodeJwt, type JWK, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProgram } from './test-program.ts'

let school: TestSchool
let program: ReturnType<typeof createProgram>
beforeAll(async () => {
  school = await startSchool({ services: ['auth'], gateway: true })
  program = createProgram(school)
})
afterAll(() => school.close())

const issuer = () => `http://localhost:${new URL(school.gatewayUrl).port}`
const now = () => Math.floor(Date.now() / 1000)

test("a sister service gets a token with its envelope's key, for what it may", async () => {
  const { status, body } = await program.assert(await program.sign('notification'))
  expect(status).toBe(200)
  expect(body.scope).toBe(
    'calendar:read groups:read login-codes:create notifications:create people:read',
  )
  expect(decodeJwt(body.access_token)).toMatchObject({ sub: 'notification', scope: body.scope })
})

test('the school may be addressed by its name, the service be named, and scopes chosen', async () => {
  const assertion = await program.sign('notification', { claims: { aud: issuer() } })
  const more = { client_id: 'notification', scope: 'login-codes:create' }
  const { status, body } = await program.assert(assertion, more)
  expect([status, body.scope]).toEqual([200, 'login-codes:create'])
  const tooMuch = await program.assert(await program.sign('notification'), {
    scope: 'contacts:read',
  })
  expect([tooMuch.status, tooMuch.body.error]).toEqual([400, 'invalid_scope'])
})

test('an assertion is good for one use, of 50 at once too', async () => {
  const assertion = await program.sign('notification')
  const answers = await Promise.all(Array.from({ length: 50 }, () => program.assert(assertion)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ body }) => body.error === 'invalid_client')).toHaveLength(49)
  const jti = 'chosen'
  for (const service of ['notification', 'calendar']) {
    const sound = await program.sign(service, { claims: { jti } })
    expect((await program.assert(sound)).status).toBe(200)
  }
})

test('a service without a line in the list may do nothing', async () => {
  const { status, body } = await program.assert(await program.sign('students'))
  expect([status, body.error]).toEqual([400, 'unauthorized_client'])
})

test('standing answers for services, and for nobody who takes their name', async () => {
  const standing = async (clientId: string) => {
    const viewer = { ...as.machine('groups:read'), clientId }
    return (await school.ask('auth', viewer, '{ standing { scopes } }')).data.standing
  }
  expect((await standing('notification')).scopes).toContain('login-codes:create')
  expect((await standing('students')).scopes).toEqual([])
  expect(await standing('gateway')).toBeNull()
})

describe('refused is an assertion', () => {
  test.each<[string, () => Promise<string> | string]>([
    ['of the gateway', () => program.sign('gateway')],
    [
      "of the gateway in a service's name",
      () => program.sign('notification', { key: school.envelopeKeys.gateway }),
    ],
    [
      "under the gateway's name within a service's",
      () =>
        program.sign('notification', {
          key: school.envelopeKeys.gateway,
          header: { kid: 'gateway' },
        }),
    ],
    [
      "of one service in another's name",
      () =>
        program.sign('notification', {
          key: school.envelopeKeys.calendar,
          header: { kid: 'calendar' },
        }),
    ],
    [
      "of one service under another's key id",
      () => program.sign('notification', { key: school.envelopeKeys.calendar }),
    ],
    [
      'about another than who signed it',
      () => program.sign('calendar', { claims: { sub: 'notification' } }),
    ],
    [
      "of a stranger's key",
      async () => {
        const { privateJwk } = await generateKeyPair('notification')
        return program.sign('notification', { key: privateJwk })
      },
    ],
    ['with the type of an envelope', () => typed('envelope+jwt')],
    ['with the type of an access token', () => typed('at+jwt')],
    ['without a type', () => typed(undefined)],
    ['for another school', () => claiming({ aud: 'https://other.example' })],
    ['for a subgraph', () => claiming({ aud: 'auth' })],
    ['for nobody', () => claiming({ aud: undefined })],
    ['that has expired', () => claiming({ iat: now() - 50, exp: now() - 10 })],
    ['that never expires', () => claiming({ exp: undefined })],
    ['that is a day long, and old', () => claiming({ iat: now() - 120, exp: now() + 86_400 })],
    ['of the future', () => claiming({ iat: now() + 120, exp: now() + 180 })],
    ['without an instant', () => claiming({ iat: undefined })],
    ['that could be used again', () => claiming({ jti: undefined })],
    ['with an endless id', () => claiming({ jti: 'x'.repeat(201) })],
    [
      'that nobody signed',
      () =>
        new UnsecuredJWT({ sub: 'notification', jti: 'x' })
          .setIssuer('notification')
          .setAudience(issuer())
          .setIssuedAt()
          .setExpirationTime('1 minute')
          .encode(),
    ],
    ['that is none', () => 'nonsense'],
    [
      'that is an envelope',
      async () => {
        const sign = await createEnvelopeSigner(school.envelopeKeys.notification as JWK)
        return sign({ viewer: as.service('notification') }, issuer())
      },
    ],
    [
      'that is an access token',
      async () => (await program.assert(await program.sign('notification'))).body.access_token,
    ],
  ])('%s', async (_, make) => {
    const { status, body } = await program.assert(await make())
    expect([status, body.error]).toEqual([401, 'invalid_client'])
  })

  test("with another's client_id, or of another type than stated", async () => {
    const other = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
    for (const [name, value] of [
      ['client_id', 'calendar'],
      ['client_assertion_type', other],
    ] as const) {
      const assertion = await program.sign('notification')
      const { body } = await program.assert(assertion, { [name]: value })
      expect(body.error).toBe('invalid_client')
    }
  })

  test('as an envelope', async () => {
    const assertion = await program.sign('notification', {
      claims: { aud: 'auth', viewer: { kind: 'service', name: 'notification' } },
    })
    const response = await fetch(`${school.url('auth')}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-classgram-envelope': assertion },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    expect(response.status).toBe(401)
  })
})

const typed = (typ: string | undefined) => program.sign('notification', { header: { typ } })
const claiming = (claims: Record<string, unknown>) => program.sign('notification', { claims })
