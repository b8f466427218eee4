import { invalidClient, OauthError } from './oauth-error.ts'

/** How a program proves who it is. */
export type Credentials =
  | { method: 'secret'; clientId: string; secret: string }
  | { method: 'assertion'; clientId: string | undefined; assertion: string }

export interface TokenRequest {
  grantType: string
  /** Scopes asked for, with spaces between; all that the program has when absent. */
  scope: string | undefined
  credentials: Credentials
}

/** RFC 7523, section 2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Reads a token request (RFC 6749, sections 2.3.1 and 4.4.2).
 *
 * @param form the body as it was sent, form-urlencoded
 * @param authorization the header of that name
 * @throws OauthError
 */
export function parseTokenRequest(form: string, authorization: string | undefined): TokenRequest {
  const given = parametersOf(form)
  const grantType = given.get('grant_type')
  if (!grantType) throw new OauthError('invalid_request', 'The parameter grant_type is missing.')
  return { grantType, scope: given.get('scope'), credentials: credentialsOf(given, authorization) }
}

/** RFC 6749, section 3.2: none may come twice, and one without a value counts as not sent. */
function parametersOf(form: string): Map<string, string> {
  const given = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(form)) {
    if (given.has(name)) throw new OauthError('invalid_request', 'A parameter is given twice.')
    given.set(name, value)
  }
  for (const [name, value] of given) if (value === '') given.delete(name)
  return given
}

function credentialsOf(given: Map<string, string>, authorization: string | undefined): Credentials {
  const clientId = given.get('client_id')
  const secret = given.get('client_secret')
  const assertion = given.get('client_assertion')
  if ([authorization, secret, assertion].filter(Boolean).length > 1) {
    throw new OauthError('invalid_request', 'A program signs in by one method at a time.')
  }
  if (authorization) {
    const basic = basicCredentials(authorization)
    if (clientId !== undefined && clientId !== basic.clientId) {
      throw new OauthError('invalid_request', 'The header and client_id name two programs.')
    }
    return basic
  }
  if (secret !== undefined) {
    if (clientId === undefined) {
      throw new OauthError('invalid_request', 'The parameter client_id is missing.')
    }
    return { method: 'secret', clientId, secret }
  }
  if (assertion !== undefined) {
    if (given.get('client_assertion_type') !== assertionType) throw invalidClient()
    return { method: 'assertion', clientId, assertion }
  }
  throw invalidClient()
}

/** Id and secret are form-urlencoded inside of Basic. */
function basicCredentials(authorization: string): Credentials {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) throw invalidClient()
  const [clientId = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  try {
    return {
      method: 'secret',
      clientId: formDecode(clientId),
      secret: formDecode(secret.join(':')),
    }
  } catch {
    throw invalidClient()
  }
}

/** @throws URIError for a percent sign that begins no byte */
function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
