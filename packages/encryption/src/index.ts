export {
  type Pool,
  type ReencryptEvent,
  reencrypt,
  reportReencryption,
  type SealedColumns,
} from './reencrypt.ts'
export {
  createVault,
  generateEncryptionKey,
  type KeyRing,
  keyRing,
  type Sealed,
  type Vault,
} from './vault.ts'
