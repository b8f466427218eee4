import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new secret of 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * What a secret is stored as. It is as random as a key, so nobody can try secrets out against the
 * hash, and a slow one would only help those who want to keep the server busy.
 */
export function hashSecret(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(secret).digest())
}

/** Compared with when there is no such client, so that a refusal takes as long either way. */
const nobodys = hashSecret(newSecret())

/** Whether the secret is the client's; never without a client. */
export function isSecretOf(
  client: { secretHash: Uint8Array } | null | undefined,
  secret: string,
): boolean {
  const isEqual = timingSafeEqual(client?.secretHash ?? nobodys, hashSecret(secret))
  return isEqual && client != null
}
