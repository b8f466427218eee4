import { scopes } from './scopes.ts'

/** Where programs get tokens, at the school's address. */
export function tokenEndpoint(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/oauth/token`
}

/** What programs need to know to get tokens (RFC 8414). */
export function serverMetadata(issuer: string) {
  return {
    issuer,
    token_endpoint: tokenEndpoint(issuer),
    jwks_uri: `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials'],
    // People sign in through the graph: there is no authorization endpoint.
    response_types_supported: [],
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    token_endpoint_auth_signing_alg_values_supported: ['EdDSA'],
    scopes_supported: scopes,
  }
}
