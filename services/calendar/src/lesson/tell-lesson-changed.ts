import type { Author } from '@classgram/database'
import { publish } from '@classgram/events'
import { lessonChanged } from '@classgram/events/catalog'
import { type Lesson, Prisma } from '../generated/prisma/client.ts'

/** What others are told of a lesson. */
export type ToldLesson = Pick<
  Lesson,
  | 'id'
  | 'groupId'
  | 'teacherTelegramId'
  | 'startsAt'
  | 'endsAt'
  | 'timezone'
  | 'status'
  | 'createdAt'
  | 'version'
>

/** Columns of a lesson `l` that others are told. */
export const toldColumns = Prisma.sql`
  l.id, l.group_id AS "groupId", l.teacher_telegram_id AS "teacherTelegramId",
  l.starts_at AS "startsAt", l.ends_at AS "endsAt", l.timezone, l.status,
  l.created_at AS "createdAt", l.version`

/** In whose name, and when by the service's clock. */
export interface Teller extends Author {
  clock: () => Date
}

/** Tells others how lessons are now. Call it behind the lessons' locks, or with lessons just made. */
export function tellLessonChanged(
  tx: Prisma.TransactionClient,
  teller: Teller,
  ...lessons: ToldLesson[]
): Promise<void> {
  const facts = lessons.map((lesson) => ({
    aggregate: { type: 'lesson', id: lesson.id },
    payload: lesson,
    occurredAt: teller.clock(),
  }))
  return publish(tx, teller, lessonChanged, ...facts)
}
