import { readPersonRows } from '@classgram/database'
import type { PersonData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { erasePersonData } from './erase-person-data.ts'

/** What this service tells a person about themselves, and how it forgets them. */
export const personData: PersonData<RequestContext> = {
  async read({ db }, telegramId) {
    const [rows, lessons] = await Promise.all([
      readPersonRows(db, telegramId),
      findLessonsOfParticipant(db, telegramId),
    ])
    return lessons.length > 0 ? { ...rows, lessons_as_participant: lessons } : rows
  },
  erase: erasePersonData,
}

/** Rows in `lessons` are their teacher's: participants get what they see of the lesson, too. */
function findLessonsOfParticipant(db: PrismaClient, telegramId: bigint) {
  return db.$queryRaw<object[]>`
    SELECT l.id, l.teacher_telegram_id::text, l.group_id, l.title, l.description, l.starts_at,
      l.ends_at, l.timezone, l.status, l.location, l.meeting_url, l.cancelled_at, l.cancel_reason
    FROM lessons l JOIN lesson_participants p ON p.lesson_id = l.id
    WHERE p.student_telegram_id = ${telegramId}
    ORDER BY l.starts_at, l.id`
}
