/** A person is passed on by the Telegram id alone: what is stored is read when a field asks for it. */
export interface PersonKey {
  telegramId: bigint
}

/** What a resolver gets as the parent of each GraphQL type. */
export type UserRow = PersonKey
export type TeacherRow = PersonKey
