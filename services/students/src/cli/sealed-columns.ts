import type { SealedColumns } from '@classgram/encryption'

/** All that students keeps sealed. */
export const sealedColumns: SealedColumns = { students: ['guardian_contact'] }
