import { type Answer, as, type TestSchool } from '@classgram/test/kit'
import { type CryptoKey, importJWK, type JWK, SignJWT } from 'jose'
import { expect } from 'vitest'

export interface TokenAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers as a client without types does
  body: any
}

/** `Basic` as RFC 6749, section 2.3.1, writes it. */
export function basic(clientId: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`
}

export const createClient = `mutation ($input: CreateOauthClientInput!) {
  createOauthClient(input: $input) { client { clientId name scopes isActive expiresAt lastUsedAt } secret }
}`
export const updateClient = `mutation ($input: UpdateOauthClientInput!) {
  updateOauthClient(input: $input) { client { clientId name scopes isActive expiresAt } }
}`
export const rotateSecret = `mutation ($input: RotateOauthClientSecretInput!) {
  rotateOauthClientSecret(input: $input) { client { clientId } secret }
}`

/** What a program does at the gateway's door. */
export function createProgram(school: TestSchool) {
  /** Posts to the token endpoint as it is told to. */
  async function post(
    body: string | Record<string, string>,
    { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {},
  ): Promise<TokenAnswer> {
    const response = await fetch(`${school.url('gateway')}/oauth/token${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }

  return {
    post,
    /** Asks for a token with a secret. */
    ask: (clientId: string, secret: string, more: Record<string, string> = {}) =>
      post(
        { grant_type: 'client_credentials', ...more },
        { headers: { authorization: basic(clientId, secret) } },
      ),
    /** Asks for a token with an assertion. */
    assert: (assertion: string, more: Record<string, string> = {}) =>
      post({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        ...more,
      }),
    /** @returns the secret of a new program */
    async register(clientId: string, scopes: string[], more: object = {}): Promise<string> {
      const input = { clientId, name: 'A program', scopes, ...more }
      const answer: Answer = await school.ask('auth', as.admin(), createClient, { input })
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return answer.data.createOauthClient.secret
    },
    update: (input: object): Promise<Answer> =>
      school.ask('auth', as.admin(), updateClient, { input }),
    /** An assertion as a sister service makes it; parts may be replaced. */
    async sign(
      service: string,
      changes: {
        claims?: Record<string, unknown>
        header?: Record<string, unknown>
        key?: JWK | undefined
      } = {},
    ): Promise<string> {
      const now = Math.floor(Date.now() / 1000)
      const key = changes.key ?? school.envelopeKeys[service]
      return new SignJWT({
        iss: service,
        sub: service,
        aud: `http://localhost:${new URL(school.gatewayUrl).port}/oauth/token`,
        iat: now,
        exp: now + 60,
        jti: crypto.randomUUID(),
        ...changes.claims,
      })
        .setProtectedHeader({
          alg: 'EdDSA',
          kid: service,
          typ: 'client-authentication+jwt',
          ...changes.header,
        })
        .sign((await importJWK(key as JWK, 'EdDSA')) as CryptoKey)
    },
  }
}

/** A refusal as RFC 6749, section 5.2, shapes it. */
export function expectRefusal(answer: TokenAnswer, status: number, error: string) {
  expect([answer.status, answer.body.error]).toEqual([status, error])
  expect(Object.keys(answer.body).sort()).toEqual(['error', 'error_description'])
  expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('www-authenticate')).toEqual(
    status === 401 ? expect.stringMatching(/^Basic realm="/) : null,
  )
}
