import type { Relations } from '@classgram/graphql'
import { isPerson, isTeacher } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { LessonParticipantRow, PersonKey, TeacherAbsenceRow } from './rows.ts'

const isSelf = ({ telegramId }: PersonKey, { viewer }: RequestContext) =>
  isPerson(viewer, telegramId)

/** Of the past, too: all that it opens are the lessons that the viewer gives or gave themselves. */
const teaches = ({ telegramId }: PersonKey, { loaders }: RequestContext) =>
  loaders.taughtByViewer.load(telegramId)

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  User: { SELF: isSelf, OWN_TEACHER: teaches },
  Teacher: { SELF: isSelf },
  Student: { SELF: isSelf, OWN_TEACHER: teaches },
  LessonParticipant: {
    SELF: ({ studentTelegramId }: LessonParticipantRow, { viewer }) =>
      isPerson(viewer, studentTelegramId),
    OWN_TEACHER: ({ teacherTelegramId }: LessonParticipantRow, { viewer }) =>
      isTeacher(viewer, teacherTelegramId),
  },
  TeacherAbsence: {
    SELF: ({ teacherTelegramId }: TeacherAbsenceRow, { viewer }) =>
      isPerson(viewer, teacherTelegramId),
  },
}
