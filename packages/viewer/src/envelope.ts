import {
  type CryptoKey,
  createLocalJWKSet,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { z } from 'zod'
import { roles, telegramIdClaim, type Viewer } from './viewer.ts'

/** Long enough for one request and its retries, too short to be worth stealing. */
const lifetimeSeconds = 60
const clockTolerance = 5
const type = 'envelope+jwt'

const viewerClaim = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous') }),
  z.object({
    kind: z.literal('person'),
    telegramId: telegramIdClaim,
    role: z.enum(roles),
    sessionId: z.uuid().optional(),
  }),
  z.object({
    kind: z.literal('machine'),
    clientId: z.string(),
    scopes: z.array(z.string()),
  }),
  z.object({ kind: z.literal('service'), name: z.string() }),
])

const clientClaim = z.object({
  address: z.string().max(45),
  userAgent: z.string().max(200).optional(),
})

/** From where a person asks, as the gateway saw it: an IP address, and the name of the program. */
export type Client = z.output<typeof clientClaim>

/** What an envelope tells. */
export interface Envelope {
  viewer: Viewer
  client?: Client
}

/** @returns a JWT that tells `audience`, one subgraph, who is asking. */
export type SignEnvelope = (content: Envelope, audience: string) => Promise<string>

/**
 * The envelope is how a subgraph learns who is asking: a short-lived JWT, signed by the caller's
 * own key, for exactly one audience.
 *
 * @param privateJwk Ed25519 key of the caller; its `kid` is the caller's name.
 */
export async function createEnvelopeSigner(privateJwk: JWK): Promise<SignEnvelope> {
  const issuer = z.string().parse(privateJwk.kid)
  const key = (await importJWK(privateJwk, 'EdDSA')) as CryptoKey
  return ({ viewer, client }, audience) =>
    new SignJWT({
      viewer:
        viewer.kind === 'person' ? { ...viewer, telegramId: String(viewer.telegramId) } : viewer,
      client,
    })
      .setProtectedHeader({ alg: 'EdDSA', kid: issuer, typ: type })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds} seconds`)
      .sign(key)
}

/**
 * @param audience name of the subgraph that verifies
 * @param trusted public keys of the gateway and the sister services; `kid` is the caller's name
 * @returns a function that opens an envelope, or throws when it does not hold
 */
export function createEnvelopeVerifier(audience: string, trusted: JSONWebKeySet) {
  const keys = createLocalJWKSet(trusted)
  return async (envelope: string): Promise<Envelope> => {
    const { payload, protectedHeader } = await jwtVerify(envelope, keys, {
      audience,
      algorithms: ['EdDSA'],
      typ: type,
      clockTolerance,
      maxTokenAge: lifetimeSeconds,
      requiredClaims: ['exp', 'iat', 'iss'],
    })
    if (payload.iss !== protectedHeader.kid) throw new Error('signed by another than its issuer')
    const viewer = viewerClaim.parse(payload.viewer)
    // Only the gateway sees access tokens, so nobody else can vouch for a person or a program.
    const vouches =
      payload.iss === 'gateway'
        ? viewer.kind !== 'service'
        : viewer.kind === 'service' && viewer.name === payload.iss
    if (!vouches) throw new Error(`${payload.iss} cannot vouch for this viewer`)
    return { viewer, client: clientClaim.optional().parse(payload.client) }
  }
}
