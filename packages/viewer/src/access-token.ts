import { type CryptoKey, importJWK, type JWK, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { type Person, roles, telegramIdClaim } from './viewer.ts'

const audience = 'classgram'

/** Seconds that two clocks may differ. */
const clockTolerance = 5

const claims = z.object({ sub: telegramIdClaim, role: z.enum(roles) })

export interface AccessTokenClaims {
  telegramId: bigint
  role: Person['role']
  /** Who vouches: the address of the school that issues the token. */
  issuer: string
  /** Life in seconds. */
  expiresIn: number
}

/** A signed JWT (RFC 7519) that tells who somebody is for `expiresIn` seconds. */
export async function signAccessToken(
  { telegramId, role, issuer, expiresIn }: AccessTokenClaims,
  privateJwk: JWK,
): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'EdDSA', kid: privateJwk.kid, typ: 'at+jwt' })
    .setSubject(String(telegramId))
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${expiresIn} seconds`)
    .sign((await importJWK(privateJwk, 'EdDSA')) as CryptoKey)
}

/**
 * Verifies access tokens of one issuer against its published keys.
 * The returned function throws jose's error when a token does not hold, whatever the reason.
 */
export function createAccessTokenVerifier(issuer: string, keys: JWTVerifyGetKey) {
  return async (token: string): Promise<Person> => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      clockTolerance,
      requiredClaims: ['exp', 'iat'],
    })
    const { sub, role } = claims.parse(payload)
    return { kind: 'person', telegramId: sub, role }
  }
}
