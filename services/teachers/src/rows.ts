/** What a resolver gets as the parent of each GraphQL type. */
export type { Teacher as TeacherRow } from './generated/prisma/client.ts'

/** A person is known here by the Telegram id; the rest belongs to auth. */
export interface UserRow {
  telegramId: bigint
}
