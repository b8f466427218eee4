import { exportJWK, generateKeyPair as generate, type JWK } from 'jose'

export interface KeyPair {
  privateJwk: JWK
  publicJwk: JWK
}

/** A new Ed25519 key pair as JWKs (RFC 8037), both under `kid`. */
export async function generateKeyPair(kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generate('EdDSA', { extractable: true })
  const named = { kid, alg: 'EdDSA', use: 'sig' }
  return {
    privateJwk: { ...(await exportJWK(privateKey)), ...named },
    publicJwk: { ...(await exportJWK(publicKey)), ...named },
  }
}
