/** What a resolver gets as the parent of each GraphQL type. */
export type { Session as SessionRow, User as UserRow } from './generated/prisma/client.ts'
