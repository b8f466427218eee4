import type { Relations } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { LessonParticipantRow, PersonKey, TeacherAbsenceRow } from './rows.ts'

export function isPerson(viewer: Viewer, telegramId: bigint): boolean {
  return viewer.kind === 'person' && viewer.telegramId === telegramId
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'ADMIN'
}

const isSelf = ({ telegramId }: PersonKey, { viewer }: RequestContext) =>
  isPerson(viewer, telegramId)

const teaches = async ({ telegramId }: PersonKey, { viewer, loaders }: RequestContext) =>
  viewer.kind === 'person' &&
  viewer.role === 'TEACHER' &&
  (await loaders.taughtByViewer.load(telegramId))

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  User: { SELF: isSelf, OWN_TEACHER: teaches },
  Teacher: { SELF: isSelf },
  Student: { SELF: isSelf, OWN_TEACHER: teaches },
  LessonParticipant: {
    SELF: ({ studentTelegramId }: LessonParticipantRow, { viewer }) =>
      isPerson(viewer, studentTelegramId),
    OWN_TEACHER: ({ teacherTelegramId }: LessonParticipantRow, { viewer }) =>
      isPerson(viewer, teacherTelegramId),
  },
  TeacherAbsence: {
    SELF: ({ teacherTelegramId }: TeacherAbsenceRow, { viewer }) =>
      isPerson(viewer, teacherTelegramId),
  },
}
