import { type CryptoKey, importJWK, type JWK, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { type MachineClient, type Person, roles, telegramIdClaim } from './viewer.ts'

const audience = 'classgram'
/** Seconds that two clocks may differ. */
const clockTolerance = 5

/** A token says either what role a person has, or what scopes a program. */
const claims = z.union([
  z.object({ sub: telegramIdClaim, role: z.enum(roles), sid: z.uuid().optional() }).transform(
    ({ sub, role, sid }): Person => ({
      kind: 'person',
      telegramId: sub,
      role,
      ...(sid && { sessionId: sid }),
    }),
  ),
  z
    .object({ client_id: z.string().min(1), scope: z.string(), role: z.never().optional() })
    .transform(
      ({ client_id: clientId, scope }): MachineClient => ({
        kind: 'machine',
        clientId,
        scopes: scope.split(' ').filter(Boolean),
      }),
    ),
])

export interface AccessTokenOptions {
  /** Who vouches: the address of the school that issues the token. */
  issuer: string
  /** Life in seconds. */
  expiresIn: number
}

/**
 * A signed JWT that tells who somebody is for `expiresIn` seconds. That of a program is as RFC 9068
 * has it.
 */
export async function signAccessToken(
  viewer: Person | MachineClient,
  { issuer, expiresIn }: AccessTokenOptions,
  privateJwk: JWK,
): Promise<string> {
  const isPerson = viewer.kind === 'person'
  const told = isPerson
    ? { role: viewer.role, sid: viewer.sessionId }
    : { client_id: viewer.clientId, scope: viewer.scopes.join(' ') }
  return new SignJWT(told)
    .setProtectedHeader({ alg: 'EdDSA', kid: privateJwk.kid, typ: 'at+jwt' })
    .setSubject(isPerson ? String(viewer.telegramId) : viewer.clientId)
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${expiresIn} seconds`)
    .sign((await importJWK(privateJwk, 'EdDSA')) as CryptoKey)
}

/**
 * Verifies access tokens of one issuer against its published keys.
 * The returned function throws jose's error when a token does not hold, whatever the reason.
 */
export function createAccessTokenVerifier(issuer: string, keys: JWTVerifyGetKey) {
  return async (token: string): Promise<Person | MachineClient> => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      clockTolerance,
      requiredClaims: ['exp', 'iat'],
    })
    return claims.parse(payload)
  }
}
