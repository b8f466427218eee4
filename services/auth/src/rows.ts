/** What a resolver gets as the parent of each GraphQL type. */
export type { User as UserRow } from './generated/prisma/client.ts'
