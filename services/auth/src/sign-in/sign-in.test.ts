import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { createAccessTokenVerifier } from '@classgram/viewer'
import { createLocalJWKSet } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

const anna = 4_294_967_301n
const gone = 4_294_967_302n
const issuer = 'https://school.example'

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth'], env: { auth: { TOKEN_ISSUER: issuer } } })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'TEACHER', first_name: 'Anna', is_active: true },
    { telegram_id: gone, role: 'STUDENT', first_name: 'Gone', is_active: false },
  )
})
afterAll(() => school.close())

const signIn = `mutation ($telegramId: TelegramID!) { devSignIn(telegramId: $telegramId) { accessToken } }`

async function publishedKeys() {
  const response = await fetch(`${school.url('auth')}/.well-known/jwks.json`)
  return (await response.json()) as { keys: Record<string, string>[] }
}

test('an access token tells who somebody is, for 15 minutes, under a published key', async () => {
  const answer = await school.ask('auth', as.anonymous, signIn, { telegramId: anna })
  const { accessToken } = answer.data?.devSignIn ?? {}
  const jwks = await publishedKeys()
  const verify = createAccessTokenVerifier(issuer, createLocalJWKSet(jwks as never))
  expect(await verify(accessToken)).toEqual({ kind: 'person', telegramId: anna, role: 'TEACHER' })
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url').toString())
  expect(claims.exp - claims.iat).toBe(15 * 60)
})

test('of ten first sign-ins at once, one makes the key; its private half is nowhere in the clear', async () => {
  await Promise.all(
    Array.from({ length: 10 }, () =>
      school.ask('auth', as.anonymous, signIn, { telegramId: anna }),
    ),
  )
  const { keys } = await publishedKeys()
  expect(keys).toHaveLength(1)
  expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' })
  expect(keys[0]).not.toHaveProperty('d')
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT signing_keys::text AS text FROM signing_keys')
  expect(rows[0].text).not.toContain('"d"')
})

test('somebody unknown, or who may not sign in, gets no token', async () => {
  const unknown = await school.ask('auth', as.anonymous, signIn, { telegramId: 77n })
  expect(unknown.errors?.[0].extensions.code).toBe('NOT_FOUND')
  const inactive = await school.ask('auth', as.anonymous, signIn, { telegramId: gone })
  expect(inactive.errors?.[0].extensions.code).toBe('FORBIDDEN')
})

test('in production the mutation does not exist', async () => {
  const production = await startSchool({
    services: ['auth'],
    env: { auth: { NODE_ENV: 'production' } },
  })
  try {
    const answer = await production.ask('auth', as.anonymous, signIn, { telegramId: anna })
    expect(answer.errors?.[0].message).toContain('Cannot query field "devSignIn"')
  } finally {
    await production.close()
  }
})
