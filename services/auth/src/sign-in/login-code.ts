import type { Vault } from '@classgram/encryption'

/** What codes are made of: nothing that is easily taken for another when read aloud or by eye. */
export const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
export const codeLength = 8

/** What a code is stored as, however it was typed: without the key nobody can try all codes out. */
export function hashCode(vault: Vault, telegramId: bigint, code: string): Uint8Array<ArrayBuffer> {
  const plain = code.toUpperCase().replace(/[\s-]/g, '')
  return vault.hash(`${telegramId}:${plain}`, 'login_codes.code')
}
