import type { GroupEnrollment } from './generated/prisma/client.ts'

/** What a resolver gets as the parent of each GraphQL type. */
export type { LevelAssessment as LevelAssessmentRow } from './generated/prisma/client.ts'

/** A person is passed on by the Telegram id alone: what is stored is read when a field asks for it. */
export interface PersonKey {
  telegramId: bigint
}

export type UserRow = PersonKey
export type StudentRow = PersonKey

/** Groups belong to another service. */
export interface GroupRow {
  id: string
}

/** An enrollment as Postgres gives it in JSON: instants are text. */
export interface GroupEnrollmentRow extends Pick<GroupEnrollment, 'groupId' | 'status'> {
  invitedAt: string | null
  joinedAt: string | null
  leftAt: string | null
}
