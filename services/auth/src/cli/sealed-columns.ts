import type { SealedColumns } from '@classgram/encryption'

/** All that auth keeps sealed. */
export const sealedColumns: SealedColumns = {
  users: ['phone', 'email'],
  signing_keys: ['private_key'],
}
