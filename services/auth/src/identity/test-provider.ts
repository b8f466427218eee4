import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { type Configuration, Provider } from 'oidc-provider'

/** The school's client id at every provider of these tests, and that of somebody else. */
export const us = 'school'
export const somebodyElse = 'shop'

/** Nobody listens there: the browser of these tests stops before. */
const redirectUri = 'https://app.school.example/callback'
const resource = 'https://api.example'

export interface TestProvider {
  issuer: string
  /** Signs in as a browser and its client would: authorization code with PKCE, cookies, redirects. */
  signIn: (subject: string, options?: { clientId?: string }) => Promise<SignedIn>
  /** A good ID token, without the way through the provider's pages. */
  vouchFor: (subject: string) => Promise<{ idToken: string; nonce: string }>
  /** A token that the provider signs with its own key, with whatever in it. */
  sign: (claims: object, header?: object) => Promise<string>
  publicJwks: () => JWK[]
  /** From now on it signs with a new key, and publishes both. */
  rotateKeys: () => Promise<void>
  stop: () => Promise<void>
}

interface SignedIn {
  idToken: string
  /** A JWT, with our client id as its audience. */
  accessToken: string
  nonce: string
}

/** A real OpenID Connect provider on a free port of this machine. */
export async function startProvider({ port = 0, alg = 'RS256' } = {}): Promise<TestProvider> {
  let serve: (request: IncomingMessage, response: ServerResponse) => void
  const server = createServer((request, response) => serve(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let keys = [await createKey(alg)]
  serve = handlerOf(issuer, keys, alg)
  const sign = async (claims: object, header = {}) => {
    const key = keys[0] ?? {}
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg, kid: key.kid, typ: 'JWT', ...header })
      .sign(await importJWK(key, alg))
  }
  return {
    issuer,
    signIn: (subject, { clientId = us } = {}) => signIn(issuer, subject, clientId),
    async vouchFor(subject) {
      const nonce = randomUUID()
      return { idToken: await sign(idTokenClaims(issuer, subject, nonce)), nonce }
    },
    sign,
    publicJwks: () => keys.map(publicHalf),
    async rotateKeys() {
      keys = [await createKey(alg), ...keys]
      serve = handlerOf(issuer, keys, alg)
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Claims as a good ID token of the provider has them, and what is different. */
export function idTokenClaims(issuer: string, subject: string, nonce: string, different = {}) {
  const iat = Math.floor(Date.now() / 1000)
  return { iss: issuer, sub: subject, aud: us, nonce, iat, exp: iat + 300, ...different }
}

async function createKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = randomBytes(6).toString('hex')
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }
}

function publicHalf({ kty, n, e, crv, x, y, kid, alg, use }: JWK): JWK {
  return { kty, n, e, crv, x, y, kid, alg, use }
}

function handlerOf(issuer: string, keys: JWK[], alg: string) {
  const provider = new Provider(issuer, configuration(keys, alg as 'RS256'))
  const rest = provider.callback()
  return async (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/interaction/')) return rest(request, response)
    // Everybody is who they say they are: the login page of this provider asks for no password.
    const { params } = await provider.interactionDetails(request, response)
    const login = { accountId: String(params.login_hint) }
    await provider.interactionFinished(request, response, { login })
  }
}

function configuration(keys: JWK[], alg: 'RS256'): Configuration {
  return {
    jwks: { keys },
    clients: [us, somebodyElse].map((client_id) => ({
      client_id,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: alg,
    })),
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@school.example`, email_verified: true }),
    }),
    claims: { email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 3600,
      Interaction: 600,
      Session: 600,
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'lessons',
          audience: us,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
    /** Everybody consents. */
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId,
        accountId: oidc.session?.accountId,
      })
      grant.addOIDCScope('openid email')
      grant.addResourceScope(resource, 'lessons')
      await grant.save()
      return grant
    },
  }
}

async function signIn(issuer: string, subject: string, clientId: string): Promise<SignedIn> {
  const { authorization_endpoint, token_endpoint } = await getJson(
    `${issuer}/.well-known/openid-configuration`,
  )
  const nonce = randomBytes(16).toString('base64url')
  const verifier = randomBytes(32).toString('base64url')
  const shared = { client_id: clientId, redirect_uri: redirectUri, resource }
  const question = new URLSearchParams({
    ...shared,
    response_type: 'code',
    scope: 'openid email lessons',
    nonce,
    login_hint: subject,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const landed = await browse(`${authorization_endpoint}?${question}`)
  const code = landed.searchParams.get('code')
  if (!code) throw new Error(`no code: ${landed.search}`)
  const { id_token, access_token } = await getJson(token_endpoint ?? '', {
    method: 'POST',
    body: new URLSearchParams({
      ...shared,
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
    }),
  })
  return { idToken: id_token ?? '', accessToken: access_token ?? '', nonce }
}

/** Follows redirects with cookies, until they lead back to the client. */
async function browse(address: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let at = new URL(address)
  for (let step = 0; !at.href.startsWith(redirectUri); step++) {
    if (step === 10) throw new Error(`led round and round: ${at.pathname}`)
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`${at.pathname}: ${response.status} ${await response.text()}`)
    at = new URL(location, at)
  }
  return at
}

async function getJson(address: string, init?: RequestInit): Promise<Record<string, string>> {
  const response = await fetch(address, init)
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}
