/** What a resolver gets as the parent of each GraphQL type. */
export type { AuditEntryRow } from '@classgram/server/audit-log'
export type {
  Consent as ConsentRow,
  Identity as IdentityRow,
  OauthClient as OauthClientRow,
  Session as SessionRow,
  User as UserRow,
} from './generated/prisma/client.ts'
export type { ErasureReceiptRow, ErasureRow } from './privacy/erasures.ts'
