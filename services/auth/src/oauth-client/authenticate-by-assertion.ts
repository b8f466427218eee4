import { createHash } from 'node:crypto'
import { jwtVerify } from 'jose'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { Grantee } from './authenticate-by-secret.ts'
import { tokenEndpoint } from './metadata.ts'
import { invalidClient } from './oauth-error.ts'

/** Another than an envelope's, so that neither can be used in place of the other. */
const type = 'client-authentication+jwt'
/** How old an assertion may be, in seconds, whatever it says itself. */
const maxTokenAge = 60
const clockTolerance = 5

const claims = z.object({ iss: z.string(), sub: z.string(), jti: z.string().min(1).max(200) })

/**
 * Finds the sister service that signed the assertion (RFC 7523, section 3), which is good for one
 * use.
 *
 * @param given.clientId what the request names beside it, if anything
 * @throws OauthError `invalid_client`, whatever is wrong
 */
export async function authenticateByAssertion(
  ctx: RequestContext,
  given: { clientId: string | undefined; assertion: string },
): Promise<Grantee> {
  const { issuer, id } = await verify(ctx, given.assertion)
  const scopes = ctx.services.scopesOf(issuer)
  if (!scopes || (given.clientId !== undefined && given.clientId !== issuer)) throw invalidClient()
  if (!(await isFirstUse(ctx, issuer, id))) throw invalidClient()
  return { clientId: issuer, scopes, expiresAt: null }
}

async function verify(
  { services, tokenIssuer, clock }: RequestContext,
  assertion: string,
): Promise<{ issuer: string; id: string }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(assertion, services.keys, {
      audience: [tokenIssuer, tokenEndpoint(tokenIssuer)],
      algorithms: ['EdDSA'],
      typ: type,
      currentDate: clock(),
      clockTolerance,
      maxTokenAge,
      requiredClaims: ['exp', 'iat'],
    })
    const { iss, sub, jti } = claims.parse(payload)
    if (sub !== iss || protectedHeader.kid !== iss) throw new Error('signed by another')
    return { issuer: iss, id: jti }
  } catch {
    throw invalidClient()
  }
}

/** Remembers the assertion where keys of repeated requests are kept, which is what its id is. */
async function isFirstUse({ db }: RequestContext, issuer: string, id: string): Promise<boolean> {
  const hash = createHash('sha256').update(id).digest()
  const remembered = await db.$executeRaw`
    INSERT INTO idempotency_keys (actor, operation, key, request_hash)
    VALUES (${`client:${issuer}`}, 'clientAssertion', ${hash.toString('hex')}, ${hash})
    ON CONFLICT DO NOTHING`
  return remembered === 1
}
