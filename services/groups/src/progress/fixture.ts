import { type Answer, insert, type TestSchool } from '@classgram/test/kit'
import { insertGroup, tanya } from '../group/fixture.ts'

export { tanya }
export const sam = 4_294_967_302n
/** By how their stays stand. */
export const students = {
  active: 1_099_511_627_777n,
  paused: 1_099_511_627_778n,
  completed: 1_099_511_627_779n,
  left: 1_099_511_627_780n,
  removed: 1_099_511_627_784n,
  /** Completed the group once, came back and left. */
  cameBack: 1_099_511_627_785n,
  /** Left, and is known to no other service any more. */
  erased: 1_099_511_627_786n,
  /** Declined, and so left without ever having had a seat. */
  declined: 1_099_511_627_781n,
  invited: 1_099_511_627_782n,
  outsider: 1_099_511_627_783n,
} as const

/** A group of Tanya's, in which students have stays of all kinds. */
export async function insertGroupWithStays(
  school: TestSchool,
  status = 'RUNNING',
): Promise<string> {
  const id = await insertGroup(school, { capacity: 8, status })
  const joined_at = '2026-01-05T10:00:00Z'
  const left_at = '2026-03-05T10:00:00Z'
  await insert(
    school.database('groups'),
    'group_members',
    ...[
      { student_telegram_id: students.active, status: 'ACTIVE', joined_at, left_at: null },
      { student_telegram_id: students.paused, status: 'PAUSED', joined_at, left_at: null },
      { student_telegram_id: students.completed, status: 'COMPLETED', joined_at, left_at },
      { student_telegram_id: students.left, status: 'LEFT', joined_at, left_at },
      { student_telegram_id: students.removed, status: 'REMOVED', joined_at, left_at },
      { student_telegram_id: students.cameBack, status: 'COMPLETED', joined_at, left_at },
      { student_telegram_id: students.cameBack, status: 'LEFT', joined_at: left_at, left_at },
      // Invited once more, and declined: that changes nothing.
      { student_telegram_id: students.completed, status: 'LEFT', joined_at: null, left_at },
      { student_telegram_id: students.erased, status: 'LEFT', joined_at, left_at },
      { student_telegram_id: students.declined, status: 'LEFT', joined_at: null, left_at },
      { student_telegram_id: students.invited, status: 'INVITED', joined_at: null, left_at: null },
    ].map((stay) => ({ group_id: id, ...stay })),
  )
  return id
}

/** Makes the students known to the students service, but for the one who was erased. */
export async function insertStudents(school: TestSchool): Promise<void> {
  const known = Object.values(students).filter((id) => id !== students.erased)
  const rows = known.map((telegram_id) => ({ telegram_id }))
  await insert(school.database('students'), 'students', ...rows)
}

/** What an answer's first error tells a program. */
export const refusal = ({ errors }: Answer) => errors?.[0]?.extensions
