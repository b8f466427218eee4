import { randomUUID } from 'node:crypto'
import { insert, startSchool, type TestSchool } from '@classgram/test/kit'

/** What the clock shows in every test. */
export const now = new Date('2027-03-01T12:00:00.000Z')

/** Beyond 2^53: no id may pass through a JavaScript number on its way. */
export const teacher = 9_007_199_254_740_993n
export const otherTeacher = teacher + 1n
export const lea = teacher + 101n
export const max = teacher + 102n
export const zoe = teacher + 103n
/** A student whom nobody teaches. */
export const ivo = teacher + 104n

const hourMs = 3_600_000

/** The instant so many hours from now, as clients write it. */
export const at = (hours: number) => new Date(now.getTime() + hours * hourMs).toISOString()

export const span = { from: at(-24 * 30), to: at(24 * 30) }

export function startCalendar(...sisters: string[]): Promise<TestSchool> {
  return startSchool({ services: ['calendar', ...sisters], overrides: { clock: () => now } })
}

/** The people and the group that lessons refer to, in the sisters' databases. */
export async function enrol(school: TestSchool, groups: Record<string, unknown>[] = []) {
  await insert(
    school.database('teachers'),
    'teachers',
    ...[teacher, otherTeacher].map((telegram_id) => ({ telegram_id, status: 'ACTIVE' })),
  )
  await insert(
    school.database('students'),
    'students',
    ...[lea, max, zoe, ivo].map((telegram_id) => ({ telegram_id })),
  )
  if (groups.length > 0) {
    const group = { name: 'Evening', language: 'en', level: 'B1', capacity: 8 }
    await insert(
      school.database('groups'),
      'groups',
      ...groups.map((row) => ({ ...group, teacher_telegram_id: teacher, ...row })),
    )
  }
}

/** Puts the students into a running group of the teacher. */
export async function teach(school: TestSchool, by: bigint, ...students: bigint[]) {
  const id = randomUUID()
  const group = { id, name: 'Morning', language: 'en', level: 'B1', capacity: 8 }
  const database = school.database('groups')
  await insert(database, 'groups', { ...group, teacher_telegram_id: by, status: 'RUNNING' })
  const members = students.map((student_telegram_id) => ({
    id: randomUUID(),
    group_id: id,
    student_telegram_id,
    status: 'ACTIVE',
    joined_at: now,
  }))
  await insert(database, 'group_members', ...members)
}

interface PlannedLesson {
  /** Hours from now at which it begins; it lasts one. */
  hour: number
  teacher?: bigint
  students?: bigint[]
  /** Students whose attendance is marked. */
  marked?: bigint[]
  columns?: Record<string, unknown>
}

/** Puts a lesson into the database. @returns its id */
export async function plan(
  school: TestSchool,
  { hour, teacher: gives = teacher, students = [], marked = [], columns = {} }: PlannedLesson,
): Promise<string> {
  const id = randomUUID()
  const times = { starts_at: at(hour), ends_at: at(hour + 1) }
  const lesson = { id, teacher_telegram_id: gives, title: 'Lesson', timezone: 'UTC' }
  const row = { ...lesson, status: 'SCHEDULED', ...times, ...columns }
  const database = school.database('calendar')
  await insert(database, 'lessons', row)
  const entry = { lesson_id: id, starts_at: row.starts_at, ends_at: row.ends_at }
  if (students.length > 0) {
    const entries = students.map((student) => ({
      id: randomUUID(),
      ...entry,
      lesson_status: row.status,
      response: 'PENDING',
      student_telegram_id: student,
      created_at: now,
      updated_at: now,
    }))
    await insert(database, 'lesson_participants', ...entries)
  }
  if (marked.length > 0) {
    const marks = marked.map((student) => ({
      id: randomUUID(),
      lesson_id: id,
      student_telegram_id: student,
      status: 'PRESENT',
      marked_by_telegram_id: gives,
      marked_at: now,
      created_at: now,
      updated_at: now,
    }))
    await insert(database, 'lesson_attendance', ...marks)
  }
  return id
}

/** Empties the calendar. */
export async function clear(school: TestSchool): Promise<void> {
  await school.database('calendar').owner.query(
    `TRUNCATE lessons, lesson_series, lesson_participants, lesson_attendance, teacher_schedules,
       teacher_unavailable, group_states, audit_log, idempotency_keys, outbox_events CASCADE`,
  )
}

export async function rows(school: TestSchool, sql: string, ...values: unknown[]) {
  return (await school.database('calendar').owner.query(sql, values)).rows
}
