import type { GroupMemberState } from './generated/prisma/client.ts'

/** What a resolver gets as the parent of each GraphQL type. */
export type {
  Group as GroupRow,
  GroupInvitation as GroupInvitationRow,
  GroupMember as GroupMemberRow,
  GroupProgress as GroupProgressRow,
} from './generated/prisma/client.ts'

export type GroupMemberStateRow = Pick<GroupMemberState, 'memberId' | 'status' | 'since'>

export type { ReportLine as RosterLineRow } from './roster/report.ts'

/** A person is known here by the Telegram id alone; the rest belongs to other services. */
export interface PersonKey {
  telegramId: bigint
}

export type UserRow = PersonKey
export type TeacherRow = PersonKey
export type StudentRow = PersonKey
