import { createHmac, createPublicKey, randomUUID } from 'node:crypto'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, createClient, identityRows, knows } from './test-client.ts'
import {
  idTokenClaims,
  somebodyElse,
  startProvider,
  type TestProvider,
  us,
} from './test-provider.ts'

const anna = 4_294_967_301n
const nonce = 'n-0S6_WzA2Mj'

/** How far the school's clock is ahead, in milliseconds. */
let ahead = 0
let local: TestProvider
let other: TestProvider
let school: TestSchool
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  local = await startProvider()
  other = await startProvider({ alg: 'ES256' })
  school = await startSchool({
    services: ['auth'],
    env: { auth: knows({ local, other }) },
    overrides: { clock: () => new Date(Date.now() + ahead) },
  })
  client = createClient(school)
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna' },
    { telegram_id: 9_000_000_001n, role: 'ADMIN', first_name: 'Vera' },
  )
  for (const provider of ['local', 'other']) await client.add(as.admin(), anna, 'anna', provider)
})
afterAll(async () => {
  await school?.close()
  await local?.stop()
  await other?.stop()
})
afterEach(() => {
  ahead = 0
})

const claims = (different = {}) =>
  idTokenClaims(local.issuer, 'anna', nonce, { jti: randomUUID(), ...different })
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from
const signed = async (different = {}, header = {}) => ({
  idToken: await local.sign(claims(different), header),
  nonce,
})

function changed(token: string, part: number, change: (text: string) => string): string {
  return token
    .split('.')
    .map((text, index) => (index === part ? change(text) : text))
    .join('.')
}

describe('signs in', () => {
  test.each<[string, () => Promise<{ idToken: string; nonce: string }>]>([
    ['from a real flow', () => local.signIn('anna')],
    ['that the provider signed, the yardstick of what follows', () => signed()],
    ['without a type', () => signed({}, { typ: undefined })],
    ['of Keycloak', () => signed({ typ: 'ID', azp: us })],
    ['for a list of us alone', () => signed({ aud: [us], azp: us })],
    ['from a clock 25 s ahead', () => signed({ iat: seconds(25), exp: seconds(300) })],
  ])('a token %s', async (_, token) => {
    expect(codeOf(await client.signIn(await token()))).toBeUndefined()
  })

  test('a token of another provider, as that one’s', async () => {
    expect(codeOf(await client.signIn(await other.signIn('anna'), 'other'))).toBeUndefined()
  })
})

describe('is refused', () => {
  test.each<[string, () => Promise<{ idToken: string; nonce: string }>]>([
    ['for another client', () => local.signIn('anna', { clientId: somebodyElse })],
    ['of another provider', () => other.signIn('anna')],
    [
      'that another provider signed in this one’s name',
      async () => ({
        idToken: await other.sign(claims()),
        nonce,
      }),
    ],
    ['of another issuer', () => signed({ iss: other.issuer })],
    ['of the issuer with a slash', () => signed({ iss: `${local.issuer}/` })],
    ['for another party, too', () => signed({ aud: [us, somebodyElse] })],
    ['for another party, too, asked for by us', () => signed({ aud: [us, somebodyElse], azp: us })],
    ['for us twice', () => signed({ aud: [us, us] })],
    ['made for another party alone', () => signed({ azp: somebodyElse })],
    ['without an audience', () => signed({ aud: undefined })],
    ['that has expired', () => signed({ iat: seconds(-120), exp: seconds(-35) })],
    ['without expiry', () => signed({ exp: undefined })],
    ['without a date', () => signed({ iat: undefined })],
    ['from 11 minutes ago', () => signed({ iat: seconds(-660) })],
    ['from a clock 40 s ahead', () => signed({ iat: seconds(40) })],
    ['not good yet', () => signed({ nbf: seconds(60) })],
    ['with another nonce', async () => ({ ...(await local.signIn('anna')), nonce: 'another' })],
    ['without a nonce', () => signed({ nonce: undefined })],
    ['with a nonce that is no text', () => signed({ nonce: [nonce] })],
    ['without a subject', () => signed({ sub: undefined })],
    ['with a number for a subject', () => signed({ sub: 7 })],
    ['with an empty subject', () => signed({ sub: '' })],
    ['with an access token’s type', () => signed({}, { typ: 'at+jwt' })],
    ['with a logout token’s type', () => signed({}, { typ: 'logout+jwt' })],
    [
      'about events',
      () => signed({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
    ],
    ['that Keycloak calls otherwise', () => signed({ typ: 'Bearer' })],
    ['with a key that nobody has', () => signed({}, { kid: 'nobody' })],
  ])('a token %s', async (_, token) => {
    expect(codeOf(await client.signIn(await token()))).toBe('UNAUTHENTICATED')
  })

  test('an access token in place of an ID token', async () => {
    const { accessToken } = await local.signIn('anna')
    expect(codeOf(await client.signIn({ idToken: accessToken, nonce }))).toBe('UNAUTHENTICATED')
  })

  test('a real token 11 minutes later', async () => {
    const token = await local.signIn('anna')
    ahead = 11 * 60 * 1000
    expect(codeOf(await client.signIn(token))).toBe('UNAUTHENTICATED')
  })

  test('a token without a signature (alg none)', async () => {
    const idToken = new UnsecuredJWT(claims()).encode()
    expect(codeOf(await client.signIn({ idToken, nonce }))).toBe('UNAUTHENTICATED')
    const { idToken: good } = await signed()
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const stripped = changed(
      changed(good, 0, () => none),
      2,
      () => '',
    )
    expect(codeOf(await client.signIn({ idToken: stripped, nonce }))).toBe('UNAUTHENTICATED')
  })

  test('a token that somebody signed with the public key for a secret (HS256)', async () => {
    const [jwk] = local.publicJwks()
    const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    const header = { alg: 'HS256', kid: jwk?.kid, typ: 'JWT' }
    const text = [header, claims()]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    for (const secret of [pem, JSON.stringify(jwk)]) {
      const signature = createHmac('sha256', secret).update(text).digest('base64url')
      const answer = await client.signIn({ idToken: `${text}.${signature}`, nonce })
      expect(codeOf(answer)).toBe('UNAUTHENTICATED')
    }
  })

  test.each<[string, (token: string) => string]>([
    ['a cut signature', (token) => token.slice(0, -10)],
    ['no signature', (token) => changed(token, 2, () => '')],
    [
      'another subject',
      (token) =>
        changed(token, 1, (text) => {
          const told = JSON.parse(Buffer.from(text, 'base64url').toString())
          return Buffer.from(JSON.stringify({ ...told, sub: 'boris' })).toString('base64url')
        }),
    ],
    ['a part too few', (token) => token.slice(0, token.lastIndexOf('.'))],
    ['five parts', (token) => `${token}.x.y`],
    ['no token at all', () => 'nonsense'],
  ])('a token with %s', async (_, change) => {
    const { idToken } = await signed()
    expect(codeOf(await client.signIn({ idToken: change(idToken), nonce }))).toBe('UNAUTHENTICATED')
  })

  test.each([
    ['an empty nonce', { nonce: '' }, 'input.nonce'],
    ['an empty token', { idToken: '' }, 'input.idToken'],
    ['a token that is too long', { idToken: 'x'.repeat(16_385) }, 'input.idToken'],
    ['half a letter', { nonce: '\ud800' }, 'input.nonce'],
  ])('%s', async (_, wrong, field) => {
    const answer = await client.signIn({ ...(await signed()), ...wrong })
    expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
  })

  test('a token at linking as at signing in', async () => {
    const before = await identityRows(school)
    const foreign = await local.signIn('new', { clientId: somebodyElse })
    expect(codeOf(await client.link(as.student(anna), foreign))).toBe('UNAUTHENTICATED')
    expect(await identityRows(school)).toEqual(before)
  })
})
