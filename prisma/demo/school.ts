import { calendarRows } from './calendar.ts'
import { courses } from './courses.ts'
import { groupEventRows, lessonEventRows } from './events.ts'
import { groupsRows } from './groups.ts'
import { planLessons } from './lessons.ts'
import { enrol } from './membership.ts'
import { planNotices } from './notices.ts'
import { notificationRows } from './notifications.ts'
import { authRows, createRegistry } from './people.ts'
import { studentsRows, teachersRows } from './profiles.ts'

/** The rows of each database, by table and column name, in an order that foreign keys allow. */
export type DemoSchool = ReturnType<typeof createDemoSchool>

/**
 * A language school in the middle of its term: the same for the same instant, to the last bit.
 *
 * Telegram ids are bigint, instants Date, hashes bytes; dates and hours of the wall clock are text. `phone`, `email`
 * and `guardian_contact` stand for the three columns in which they are stored sealed.
 */
export function createDemoSchool(now: Date) {
  const registry = createRegistry(now)
  const { administrators, teachers } = registry
  const { groups, students, diary } = enrol(courses, registry, now)
  const { lessons, absences, series } = planLessons(groups, diary, now)
  const people = [...administrators, ...teachers, ...students]

  const calendar = calendarRows({ lessons, absences, series, groups, teachers, students }, now)
  const groupTables = groupsRows(groups, lessons, now)
  const notices = planNotices(
    {
      groups,
      lessons,
      people,
      attendance: calendar.lesson_attendance,
      progress: groupTables.group_progress,
    },
    now,
  )
  return {
    auth: authRows(people, now),
    teachers: teachersRows(teachers, groups),
    students: studentsRows(students, groups),
    groups: { ...groupTables, outbox_events: groupEventRows(groups) },
    calendar: { ...calendar, outbox_events: lessonEventRows(lessons) },
    notification: notificationRows(notices, people, now),
  }
}
