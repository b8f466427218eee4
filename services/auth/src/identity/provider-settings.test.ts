import { generateKeyPair } from '@classgram/viewer'
import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'

const secret = Buffer.alloc(32).toString('base64url')
const { privateJwk, publicJwk } = await generateKeyPair('auth')
const env = {
  TOKEN_ISSUER: 'https://school.example',
  DATABASE_URL: 'postgresql://auth@localhost/auth',
  ENVELOPE_KEY: JSON.stringify(privateJwk),
  ENVELOPE_TRUST: JSON.stringify({ keys: [publicJwk] }),
  ENCRYPTION_KEYS: JSON.stringify({ current: 'a', keys: { a: secret }, hashKey: secret }),
}
const google = { name: 'google', issuer: 'https://accounts.google.com', audience: 'school' }

function load(providers: unknown, nodeEnv: 'test' | 'production' = 'test') {
  const text = typeof providers === 'string' ? providers : JSON.stringify(providers)
  return loadConfig({ ...env, NODE_ENV: nodeEnv, OIDC_PROVIDERS: text }).OIDC_PROVIDERS
}

test('a provider needs a name, an issuer and our client id; limits have defaults', () => {
  expect(load([google])).toEqual([{ ...google, maxAgeSeconds: 600, clockToleranceSeconds: 30 }])
  expect(load([{ ...google, maxAgeSeconds: 60 }])).toMatchObject([{ maxAgeSeconds: 60 }])
  expect(load('')).toEqual([])
})

test.each<[string, unknown]>([
  ['no JSON', '{'],
  ['no list', google],
  ['a name with a capital', [{ ...google, name: 'Google' }]],
  ['a name that begins with a digit', [{ ...google, name: '1password' }]],
  ['one name twice', [google, { ...google, issuer: 'https://other.example' }]],
  ['an issuer that is no address', [{ ...google, issuer: 'accounts.google.com' }]],
  ['an issuer of another kind', [{ ...google, issuer: 'ftp://accounts.google.com' }]],
  ['an issuer with a query', [{ ...google, issuer: 'https://accounts.google.com/?' }]],
  ['an issuer with a fragment', [{ ...google, issuer: 'https://accounts.google.com/#x' }]],
  ['an issuer with a password', [{ ...google, issuer: 'https://a:b@accounts.google.com' }]],
  ['no audience', [{ ...google, audience: '' }]],
  ['a limit that is none', [{ ...google, maxAgeSeconds: 86_400 }]],
  ['a misspelt limit', [{ ...google, maxAge: 60 }]],
])('%s is refused at the start', (_, providers) => {
  expect(() => load(providers)).toThrow('OIDC_PROVIDERS')
})

test('without TLS an issuer is for development, or for this machine', () => {
  const plain = [{ ...google, issuer: 'http://accounts.example' }]
  expect(load(plain)).toHaveLength(1)
  expect(() => load(plain, 'production')).toThrow('google must begin with https')
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    expect(load([{ ...google, issuer: `http://${host}:8080` }], 'production')).toHaveLength(1)
  }
  for (const host of ['127.0.0.1.example', 'localhost.example', '[::2]']) {
    expect(() => load([{ ...google, issuer: `http://${host}` }], 'production')).toThrow('https')
  }
})
