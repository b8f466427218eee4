import type {
  AttendanceStatus,
  Lesson,
  LessonParticipant,
  LessonSeries,
} from './generated/prisma/client.ts'

/** What a resolver gets as the parent of each GraphQL type. */
export type {
  TeacherSchedule as TeacherScheduleRow,
  TeacherUnavailable as TeacherAbsenceRow,
} from './generated/prisma/client.ts'

/** A lesson with everything that the viewer may see of it: all of it comes in one statement. */
export type LessonRow = Omit<Lesson, 'description' | 'cancelledAt'> & {
  series: LessonSeriesRow | null
  participants: LessonParticipantRow[]
}

export type LessonSeriesRow = Pick<
  LessonSeries,
  'id' | 'title' | 'localStart' | 'timezone' | 'durationMinutes' | 'rrule' | 'until'
>

export type LessonParticipantRow = Pick<
  LessonParticipant,
  'id' | 'studentTelegramId' | 'response' | 'respondedAt'
> & {
  /** Who gives the lesson, and so may see the attendance. */
  teacherTelegramId: bigint
  attendance: LessonAttendanceRow | null
}

export interface LessonAttendanceRow {
  status: AttendanceStatus
  minutes: number | null
  remark: string | null
  markedByTelegramId: bigint
  markedAt: Date
}

/** A person is known here by the Telegram id alone; the rest belongs to other services. */
export interface PersonKey {
  telegramId: bigint
}

export type UserRow = PersonKey
export type TeacherRow = PersonKey
export type StudentRow = PersonKey

/** A group is known here by its id alone; the rest belongs to the groups service. */
export interface GroupRow {
  id: string
}
