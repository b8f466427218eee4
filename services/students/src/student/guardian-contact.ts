import type { Vault } from '@classgram/encryption'
import type { Student } from '../generated/prisma/client.ts'

const purpose = 'students.guardian_contact'

type Sealed = Pick<
  Student,
  'guardianContactCiphertext' | 'guardianContactKeyId' | 'guardianContactHash'
>

/** Columns of a guardian's contact: null clears them, undefined leaves them. */
export function sealGuardianContact(
  vault: Vault,
  contact: string | null | undefined,
): Partial<Sealed> {
  if (contact === undefined) return {}
  if (contact === null) {
    return {
      guardianContactCiphertext: null,
      guardianContactKeyId: null,
      guardianContactHash: null,
    }
  }
  const { ciphertext, keyId } = vault.seal(contact, purpose)
  return {
    guardianContactCiphertext: ciphertext,
    guardianContactKeyId: keyId,
    guardianContactHash: hashGuardianContact(vault, contact),
  }
}

/** @returns null when none is stored */
export function openGuardianContact(
  vault: Vault,
  {
    guardianContactCiphertext: ciphertext,
    guardianContactKeyId: keyId,
  }: Omit<Sealed, 'guardianContactHash'>,
): string | null {
  return ciphertext && keyId ? vault.open({ ciphertext, keyId }, purpose) : null
}

/** Equal for contacts that differ in case, spaces or width only: siblings are found by it. */
export function hashGuardianContact(vault: Vault, contact: string) {
  return vault.hash(contact.normalize('NFKC').toLowerCase().replace(/\s+/g, ''), purpose)
}
