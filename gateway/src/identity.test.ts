import { eveningEnglish, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import {
  createEnvelopeSigner,
  generateKeyPair,
  type KeyPair,
  signAccessToken,
} from '@classgram/viewer'
import { decodeProtectedHeader, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const { people, fillEveningEnglish } = eveningEnglish

let school: TestSchool
let token: string
/** One of the keys that the school signs with. */
let ownKey: KeyPair
beforeAll(async () => {
  school = await startSchool({
    services: ['auth', 'teachers', 'students', 'groups', 'calendar', 'notification'],
    gateway: true,
  })
  await fillEveningEnglish(school)
  ownKey = await generateKeyPair('own')
  await insert(school.database('auth'), 'signing_keys', {
    kid: 'own',
    algorithm: 'EdDSA',
    public_jwk: ownKey.publicJwk,
    not_before: '2020-01-01',
    retires_at: '2020-02-01',
    expires_at: '2099-01-01',
  })
  token = await school.signIn(people.anna)
})
afterAll(() => school.close())

const issuer = () => new URL(school.gatewayUrl).origin.replace('127.0.0.1', 'localhost')
const me = '{ me { telegramId } }'

test('a token tells the gateway who is asking, with all digits of the id', async () => {
  const boris = await school.signIn(people.boris)
  expect(await school.query(boris, me)).toEqual({
    data: { me: { telegramId: '9007199254740995' } },
  })
})

test('without a token there is nobody', async () => {
  const answer = await school.query(null, me)
  expect(answer.errors).toEqual([
    {
      message: 'Sign in to do this.',
      path: ['me'],
      extensions: { code: 'UNAUTHENTICATED' },
    },
  ])
})

describe('a token that does not hold refuses the request', () => {
  const post = async (authorization: string) => {
    const response = await fetch(school.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: me }),
    })
    return { status: response.status, body: (await response.json()) as { errors: unknown[] } }
  }
  const refusal = (message: string) => ({
    status: 401,
    body: { errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] },
  })
  const admin = { kind: 'person', telegramId: people.admin, role: 'ADMIN' } as const
  const sign = (key: KeyPair, from = issuer()) =>
    signAccessToken(admin, { issuer: from, expiresIn: 900 }, key.privateJwk)

  test('but one of the same key and address does', async () => {
    const sound = await sign(ownKey)
    expect((await post(`Bearer ${sound}`)).status).toBe(200)
  })

  const kid = () => decodeProtectedHeader(token).kid as string

  test('expired', async () => {
    const old = await new SignJWT({ role: 'STUDENT' })
      .setProtectedHeader({ alg: 'EdDSA', kid: ownKey.privateJwk.kid, typ: 'at+jwt' })
      .setSubject(String(people.anna))
      .setIssuer(issuer())
      .setAudience('classgram')
      .setIssuedAt(1_700_000_000)
      .setExpirationTime(1_700_000_900)
      .sign(await importJWK(ownKey.privateJwk, 'EdDSA'))
    expect(await post(`Bearer ${old}`)).toEqual(refusal('The access token has expired.'))
  })

  test.each<[string, () => Promise<string> | string]>([
    ["of another school's key", async () => sign(await generateKeyPair(kid()))],
    ['of a key that nobody knows', async () => sign(await generateKeyPair('stranger'))],
    ["of our key, for another school's address", () => sign(ownKey, 'https://other.example')],
    [
      'unsigned',
      () =>
        new UnsecuredJWT({ role: 'ADMIN' })
          .setSubject(String(people.admin))
          .setIssuer(issuer())
          .setAudience('classgram')
          .setExpirationTime('15 minutes')
          .encode(),
    ],
    ['cut', () => token.slice(0, -3)],
    ['nonsense', () => 'nonsense'],
    [
      'an envelope',
      async () => {
        const sign = await createEnvelopeSigner(school.envelopeKeys.gateway as never)
        return sign({ viewer: admin }, 'classgram')
      },
    ],
  ])('%s', async (_, make) => {
    expect(await post(`Bearer ${await make()}`)).toEqual(refusal('The access token is not valid.'))
  })

  test('no bearer token at all', async () => {
    expect(await post('Basic YTpi')).toEqual(
      refusal('The authorization header must be "Bearer <access token>".'),
    )
  })
})

describe('the inner wall', () => {
  const call = async (headers: Record<string, string>, service = 'groups') => {
    const response = await fetch(`${school.url(service)}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ groups { nodes { name } } }' }),
    })
    return { status: response.status, body: await response.json() }
  }
  const refused = {
    status: 401,
    body: {
      errors: [
        {
          message: 'Only the gateway and sister services may call a subgraph.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    },
  }

  test.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['no envelope', () => ({})],
    ["a client's access token", () => ({ authorization: `Bearer ${token}` })],
    ['an access token in place of the envelope', () => ({ 'x-classgram-envelope': token })],
  ])('a subgraph refuses a call with %s', async (_, headers) => {
    expect(await call(await headers())).toEqual(refused)
  })

  test('a subgraph refuses even to tell its schema', async () => {
    const response = await fetch(`${school.url('auth')}/graphql?query={_service{sdl}}`, {
      headers: { 'apollo-require-preflight': 'yes' },
    })
    expect(response.status).toBe(401)
  })

  test("a client's own envelope or request id headers do not get past the gateway", async () => {
    const response = await fetch(school.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-classgram-envelope': 'forged' },
      body: JSON.stringify({ query: me }),
    })
    expect(((await response.json()) as { data: unknown }).data).toEqual({ me: null })
  })
})

describe('request ids', () => {
  const ask = async (given?: string) => {
    const response = await fetch(school.gatewayUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...(given && { 'x-request-id': given }),
      },
      body: JSON.stringify({
        query: `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { timezone } } }`,
        variables: {
          input: { telegramId: String(people.anna), timezone: given ? 'Asia/Almaty' : 'UTC' },
        },
      }),
    })
    const audited = await school
      .database('auth')
      .owner.query(`SELECT request_id FROM audit_log WHERE actor = $1 ORDER BY id DESC LIMIT 1`, [
        `user:${people.anna}`,
      ])
    return [response.headers.get('x-request-id'), audited.rows[0]?.request_id]
  }

  test('a client names its request, and finds it in the audit log', async () => {
    expect(await ask('client-request-0001')).toEqual(['client-request-0001', 'client-request-0001'])
  })

  test('otherwise the gateway makes one', async () => {
    const [answered, audited] = await ask()
    expect(answered).toMatch(/^[0-9a-f-]{36}$/)
    expect(audited).toBe(answered)
  })
})
