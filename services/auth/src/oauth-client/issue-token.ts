import { signAccessToken } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import { networkOf } from '../limits/network-of.ts'
import { accessTokenSeconds, signingKey } from '../sign-in/signing-keys.ts'
import { authenticateByAssertion } from './authenticate-by-assertion.ts'
import { authenticateBySecret, type Grantee } from './authenticate-by-secret.ts'
import { OauthError } from './oauth-error.ts'
import { type Credentials, parseTokenRequest } from './token-request.ts'

/** RFC 6749, section 5.1. */
interface IssuedToken {
  access_token: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  scope: string
}

/**
 * Gives a program an access token for its own credentials (RFC 6749, section 4.4).
 *
 * @param form the body of the request, form-urlencoded
 * @param authorization the header of that name
 * @throws OauthError; RATE_LIMITED
 */
export async function issueToken(
  ctx: RequestContext,
  form: string,
  authorization: string | undefined,
): Promise<IssuedToken> {
  await ctx.limits.count('tokenFromAddress', networkOf(ctx.client))
  const { grantType, scope, credentials } = parseTokenRequest(form, authorization)
  if (grantType !== 'client_credentials') {
    throw new OauthError('unsupported_grant_type', 'The only grant type is client_credentials.')
  }
  const client = await authenticate(ctx, credentials)
  // Counted for who proved to be the program: nobody else can use its tokens up.
  await ctx.limits.count('tokenForClient', client.clientId)
  const { clientId } = client
  const scopes = grantedTo(client, scope)
  const expiresIn = lifeFor(client, ctx.clock())
  const accessToken = await signAccessToken(
    { kind: 'machine', clientId, scopes },
    { issuer: ctx.tokenIssuer, expiresIn },
    await signingKey(ctx),
  )
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    scope: scopes.join(' '),
  }
}

function authenticate(ctx: RequestContext, credentials: Credentials): Promise<Grantee> {
  return credentials.method === 'secret'
    ? authenticateBySecret(ctx, credentials)
    : authenticateByAssertion(ctx, credentials)
}

/** What was asked for, if the program has it; all that it has when nothing was. */
function grantedTo({ scopes }: Grantee, asked: string | undefined): string[] {
  if (scopes.length === 0) {
    throw new OauthError('unauthorized_client', 'This program was granted nothing.')
  }
  if (asked === undefined) return [...scopes]
  const granted = [...new Set(asked.split(' '))]
  if (!granted.every((scope) => scopes.includes(scope))) {
    throw new OauthError('invalid_scope', 'This program does not have every scope asked for.')
  }
  return granted
}

/** Seconds; a token does not outlive its program. */
function lifeFor({ expiresAt }: Grantee, now: Date): number {
  if (!expiresAt) return accessTokenSeconds
  return Math.min(accessTokenSeconds, Math.ceil((expiresAt.getTime() - now.getTime()) / 1000))
}
