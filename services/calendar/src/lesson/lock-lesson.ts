import { notFound } from '@classgram/errors'
import type { Lesson, Prisma } from '../generated/prisma/client.ts'

export type LockedLesson = Pick<
  Lesson,
  'id' | 'teacherTelegramId' | 'groupId' | 'startsAt' | 'endsAt' | 'status' | 'version'
>

/**
 * Locks a lesson until the transaction ends, so that its time and status stand still.
 *
 * @returns undefined when there is none
 */
export async function lockLesson(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<LockedLesson | undefined> {
  const [lesson] = await tx.$queryRaw<LockedLesson[]>`
    SELECT id, teacher_telegram_id AS "teacherTelegramId", group_id AS "groupId",
      starts_at AS "startsAt", ends_at AS "endsAt", status, version
    FROM lessons WHERE id = ${id}::uuid FOR UPDATE`
  return lesson
}

/** @throws NOT_FOUND when there is no such lesson */
export async function lockExistingLesson(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<LockedLesson> {
  const lesson = await lockLesson(tx, id)
  if (!lesson) throw notFound('lesson', id)
  return lesson
}
