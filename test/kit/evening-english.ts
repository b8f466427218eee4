import { insert } from './databases.ts'
import type { TestSchool } from './school.ts'

/** People of the smallest school that has everything; ids need more than 32 bits, some more than 53. */
export const people = {
  admin: 9_007_199_254_740_993n,
  tanya: 4_294_967_301n,
  sam: 4_294_967_302n,
  anna: 1_099_511_627_777n,
  boris: 9_007_199_254_740_995n,
  outsider: 1_099_511_627_779n,
} as const

export const group = '01930000-0000-7000-8000-000000000001'
/** As many seats as a group can have: further students wait. */
const capacity = 200
export const lesson = '01930000-0000-7000-8000-0000000000a1'

/**
 * Fills the six databases with one teacher (Tanya), her group with two members (Anna, Boris), a
 * lesson of theirs that is over, with Anna's attendance, and a notification for Anna. Sam teaches
 * nobody; the outsider is in no group.
 *
 * @param more further students in the group and the lesson
 */
export async function fillEveningEnglish(school: TestSchool, more: bigint[] = []): Promise<void> {
  const members = [people.anna, people.boris, ...more]
  const students = [...members, people.outsider]
  const names = new Map<bigint, string>([
    [people.anna, 'Анна'],
    [people.boris, 'Boris'],
  ])
  await insert(
    school.database('auth'),
    'users',
    user(people.admin, 'ADMIN', 'Vera'),
    user(people.tanya, 'TEACHER', 'Tanya'),
    user(people.sam, 'TEACHER', 'Sam'),
    ...students.map((id) => user(id, 'STUDENT', names.get(id) ?? `Student ${id}`)),
  )
  const teachers = [people.tanya, people.sam].map((telegram_id) => ({
    telegram_id,
    bio: 'Taught in three countries.',
    timezone: 'Europe/London',
    status: 'ACTIVE',
  }))
  await insert(school.database('teachers'), 'teachers', ...teachers)
  await insert(school.database('teachers'), 'teacher_languages', {
    teacher_telegram_id: people.tanya,
    language: 'en',
    proficiency: 'NATIVE',
    min_level: 'A1',
    max_level: 'C1',
  })
  await insert(
    school.database('students'),
    'students',
    ...students.map((telegram_id) => ({
      telegram_id,
      timezone: 'Europe/Moscow',
      staff_notes: 'shy',
    })),
  )
  await insert(
    school.database('students'),
    'student_languages',
    ...members.map((student_telegram_id) => ({ student_telegram_id, language: 'en', level: 'B1' })),
  )
  const stays = members.map((student, index) => {
    const isSeated = index < capacity
    return {
      id: stayId(index),
      student,
      status: isSeated ? 'ACTIVE' : 'WAITLISTED',
      joined_at: isSeated ? '2026-01-05T10:00:00Z' : null,
      waiting_position: isSeated ? null : index - capacity + 1,
    }
  })
  await insert(
    school.database('students'),
    'group_enrollments',
    ...stays.map(({ id, student, status, joined_at }) => ({
      id,
      group_id: group,
      student_telegram_id: student,
      status,
      joined_at,
      source_version: 1,
      occurred_at: '2026-01-05T10:00:00Z',
    })),
  )
  await insert(school.database('groups'), 'groups', {
    id: group,
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: people.tanya,
    capacity,
    status: 'RUNNING',
  })
  await insert(
    school.database('groups'),
    'group_members',
    ...stays.map(({ student, ...stay }) => ({
      ...stay,
      group_id: group,
      student_telegram_id: student,
    })),
  )
  await insertLesson(school, members)
  await insert(school.database('notification'), 'notifications', {
    recipient_telegram_id: people.anna,
    kind: 'LESSON_REMINDER',
    status: 'SENT',
    text: 'Lesson 1 begins in an hour.',
    payload: {},
    dedup_key: 'lesson-1',
    created_at: '2026-03-02T17:00:00Z',
  })
}

async function insertLesson(school: TestSchool, members: bigint[]): Promise<void> {
  const time = { starts_at: '2026-03-02T18:00:00Z', ends_at: '2026-03-02T19:00:00Z' }
  const calendar = school.database('calendar')
  await insert(calendar, 'lessons', {
    ...time,
    id: lesson,
    title: 'Lesson 1',
    teacher_telegram_id: people.tanya,
    group_id: group,
    timezone: 'Europe/London',
    status: 'COMPLETED',
  })
  await insert(
    calendar,
    'lesson_participants',
    ...members.map((student_telegram_id) => ({
      ...time,
      lesson_id: lesson,
      lesson_status: 'COMPLETED',
      student_telegram_id,
      response: 'ACCEPTED',
    })),
  )
  await insert(calendar, 'lesson_attendance', {
    lesson_id: lesson,
    student_telegram_id: people.anna,
    status: 'LATE',
    minutes: 50,
    marked_by_telegram_id: people.tanya,
  })
}

function user(telegram_id: bigint, role: string, first_name: string) {
  return { telegram_id, role, first_name, timezone: 'Europe/Moscow' }
}

function stayId(index: number): string {
  return `01930000-0000-7000-8000-${(0xb00000000000 + index).toString(16)}`
}
