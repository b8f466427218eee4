/** What the token endpoint answers instead of a token (RFC 6749, section 5.2), by HTTP status. */
const statuses = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  temporarily_unavailable: 503,
  server_error: 500,
} as const

/** A refusal in OAuth's own words. */
export class OauthError extends Error {
  override name = 'OauthError'
  readonly code: keyof typeof statuses
  readonly status: number
  /** Seconds until it is worth trying again. */
  readonly retryAfter: number | undefined

  /** @param description a sentence for developers; RFC 6749 allows neither quotes nor backslashes in it */
  constructor(
    code: keyof typeof statuses,
    description: string,
    {
      status = statuses[code] as number,
      retryAfter,
    }: { status?: number; retryAfter?: number } = {},
  ) {
    super(description)
    this.code = code
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** The same words for whatever is wrong, so that nobody learns which programs there are. */
export function invalidClient(): OauthError {
  return new OauthError('invalid_client', 'No program signs in with these credentials.')
}
