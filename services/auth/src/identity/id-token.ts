import { createHash } from 'node:crypto'
import { unauthenticated } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { currentRequest } from '@classgram/server'
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Prisma } from '../generated/prisma/client.ts'
import type { OpenIdProvider } from './provider.ts'
import { subject } from './subject.ts'

/** Those whose keys are public: with a shared secret, whoever verifies could also sign. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** Far more than providers write, and far less than would keep us busy. */
const rules = z.object({
  idToken: z.string().min(1, 'must not be empty').max(16_384),
  nonce: z.string().min(1, 'must not be empty').max(500),
})

/** Whom a provider vouches for, and what the token that says so is recognised by. */
export interface Proof {
  provider: string
  subject: string
  fingerprint: Buffer
}

/**
 * Verifies an ID token (OpenID Connect Core 1.0, section 3.1.3.7). It must be fresh, for it is to
 * prove a sign-in of now, and carry the nonce that the client had sent with its user to the provider.
 *
 * @throws UNAUTHENTICATED when it does not hold; SERVICE_UNAVAILABLE while the provider's keys cannot
 * be had; BAD_USER_INPUT for a token or nonce that is empty or too long
 */
export async function verifyIdToken(
  provider: OpenIdProvider,
  now: Date,
  input: { idToken: string; nonce: string },
): Promise<Proof> {
  const { idToken, nonce } = parseInput(rules, input)
  try {
    const { protectedHeader, payload } = await jwtVerify(idToken, provider.keys, {
      algorithms,
      issuer: provider.issuer,
      audience: provider.audience,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
      maxTokenAge: provider.maxAgeSeconds,
      clockTolerance: provider.clockToleranceSeconds,
      currentDate: now,
    })
    return {
      provider: provider.name,
      subject: subjectOf(protectedHeader, payload, provider, nonce),
      fingerprint: fingerprintOf(idToken),
    }
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    // The error itself carries the claims, which are not for the log.
    throw refused(provider, error.message)
  }
}

/**
 * Whom a token names, once signature, issuer, audience and dates are right.
 *
 * @throws UNAUTHENTICATED for what is no ID token, was made for another party or at another sign-in
 */
function subjectOf(
  { typ }: JWTHeaderParameters,
  payload: JWTPayload,
  provider: OpenIdProvider,
  nonce: string,
): string {
  // Access tokens and logout tokens say what they are: `at+jwt` (RFC 9068), `logout+jwt`.
  if (typ !== undefined && !/^(application\/)?jwt$/i.test(typ)) throw refused(provider, 'typ')
  const us = z.literal(provider.audience)
  const claims = z.object({
    sub: subject,
    nonce: z.literal(nonce),
    // What was made for others, too, they have, and could show here.
    aud: z.union([us, z.tuple([us])]),
    azp: us.optional(),
    // Of logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.4).
    events: z.never().optional(),
    // Keycloak tells its tokens apart by this.
    typ: z.literal('ID').optional(),
  })
  const { data, error } = claims.safeParse(payload)
  if (!data) throw refused(provider, String(error.issues[0]?.path))
  return data.sub
}

/** Of what is signed, because the signature of one token can be written in several ways. */
function fingerprintOf(idToken: string): Buffer {
  return createHash('sha256')
    .update(idToken.slice(0, idToken.lastIndexOf('.')))
    .digest()
}

/**
 * Uses a token up, where keys of repeated requests are kept. Of many uses at once the first counts.
 *
 * @throws UNAUTHENTICATED when it was used before
 */
export async function useUp(
  tx: Prisma.TransactionClient,
  { provider, fingerprint }: Proof,
): Promise<void> {
  const inserted = await tx.$executeRaw`
    INSERT INTO idempotency_keys (actor, operation, key, request_hash)
    VALUES ('system:openid-connect', ${provider}, ${fingerprint.toString('hex')}, ${fingerprint})
    ON CONFLICT DO NOTHING`
  if (inserted === 0) throw unauthenticated('This ID token was used before: sign in there again.')
}

function refused({ name }: OpenIdProvider, reason: string) {
  currentRequest()?.log.warn({ provider: name, reason }, 'ID token refused')
  return unauthenticated(`${name} does not vouch for this: sign in there again.`)
}
