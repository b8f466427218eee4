import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { z } from 'zod'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

const key = z
  .string()
  .transform((text) => Buffer.from(text, 'base64url'))
  .refine((bytes) => bytes.length === 32, 'must be 32 bytes in base64url')

/** `ENCRYPTION_KEYS`: all keys that may still be in use, and which of them seals from now on. */
export const keyRing = z
  .object({ current: z.string(), keys: z.record(z.string(), key), hashKey: key })
  .refine((ring) => ring.current in ring.keys, 'current must name one of the keys')

export type KeyRing = z.output<typeof keyRing>

export interface Sealed {
  ciphertext: Uint8Array<ArrayBuffer>
  keyId: string
}

/**
 * Keeps personal data unreadable in the database.
 *
 * `purpose` (like `users.phone`) is bound into each value, so that a sealed or hashed value that is
 * copied into another column does not hold there.
 */
export interface Vault {
  /** AES-256-GCM (NIST SP 800-38D) under the current key: nonce, tag, ciphertext. */
  seal: (text: string, purpose: string) => Sealed
  /** @throws Error when the key is unknown or the value was tampered with */
  open: (sealed: Sealed, purpose: string) => string
  /** HMAC-SHA-256 for equality look-up. Normalise the text before. */
  hash: (text: string, purpose: string) => Uint8Array<ArrayBuffer>
}

export function createVault(ring: KeyRing): Vault {
  const keyOf = (id: string) => {
    const found = ring.keys[id]
    if (!found) throw new Error(`encryption key ${id} is not in the key ring`)
    return found
  }
  return {
    seal(text, purpose) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, keyOf(ring.current), nonce)
      cipher.setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      const ciphertext = Uint8Array.from(Buffer.concat([nonce, cipher.getAuthTag(), body]))
      return { ciphertext, keyId: ring.current }
    },
    open({ ciphertext, keyId }, purpose) {
      const nonce = ciphertext.subarray(0, nonceBytes)
      const decipher = createDecipheriv(algorithm, keyOf(keyId), nonce, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(purpose))
      decipher.setAuthTag(ciphertext.subarray(nonceBytes, nonceBytes + tagBytes))
      const body = ciphertext.subarray(nonceBytes + tagBytes)
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    },
    hash: (text, purpose) =>
      Uint8Array.from(createHmac('sha256', ring.hashKey).update(`${purpose}\0${text}`).digest()),
  }
}

/** A new random key, as it stands in a key ring. */
export function generateEncryptionKey(): string {
  return randomBytes(32).toString('base64url')
}
