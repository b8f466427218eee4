import { createHash, randomBytes } from 'node:crypto'

/**
 * A new secret of 256 random bits, 45 characters long. It begins with `g_`, so that a bot can tell it
 * from whatever else it is started with.
 */
export function newToken(): string {
  return `g_${randomBytes(32).toString('base64url')}`
}

/** What a token is stored as. It is as random as a key, so a fast hash tells nobody anything. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(token).digest())
}
