import type { Vault } from '@classgram/encryption'
import { z } from 'zod'
import type { User } from '../generated/prisma/client.ts'

const phonePurpose = 'users.phone'
const emailPurpose = 'users.email'

/** E.164 (ITU-T), once the marks that people write for the eye are gone. */
export const phone = z
  .string()
  .transform((text) => text.replace(/[\s().-]/g, ''))
  .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number with country code'))

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email('must be an e-mail address').max(254))

/** What a phone number is found by: without the key nobody can guess the number from it. */
export function hashPhone(vault: Vault, value: string) {
  return vault.hash(value, phonePurpose)
}

/** What an e-mail address is found by: without the key nobody can guess the address from it. */
export function hashEmail(vault: Vault, value: string) {
  return vault.hash(value, emailPurpose)
}

/** Columns of a phone number: null clears them, undefined leaves them. */
export function sealPhone(vault: Vault, value: string | null | undefined) {
  if (value === undefined) return {}
  if (value === null) return { phoneCiphertext: null, phoneKeyId: null, phoneHash: null }
  const { ciphertext, keyId } = vault.seal(value, phonePurpose)
  return {
    phoneCiphertext: ciphertext,
    phoneKeyId: keyId,
    phoneHash: hashPhone(vault, value),
  }
}

/** Columns of an e-mail address: null clears them, undefined leaves them. */
export function sealEmail(vault: Vault, value: string | null | undefined) {
  if (value === undefined) return {}
  if (value === null) return { emailCiphertext: null, emailKeyId: null, emailHash: null }
  const { ciphertext, keyId } = vault.seal(value, emailPurpose)
  return {
    emailCiphertext: ciphertext,
    emailKeyId: keyId,
    emailHash: hashEmail(vault, value),
  }
}

export function openPhone(vault: Vault, user: User): string | null {
  const { phoneCiphertext: ciphertext, phoneKeyId: keyId } = user
  return ciphertext && keyId ? vault.open({ ciphertext, keyId }, phonePurpose) : null
}

export function openEmail(vault: Vault, user: User): string | null {
  const { emailCiphertext: ciphertext, emailKeyId: keyId } = user
  return ciphertext && keyId ? vault.open({ ciphertext, keyId }, emailPurpose) : null
}
