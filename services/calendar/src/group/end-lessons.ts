import type { Prisma } from '../generated/prisma/client.ts'
import {
  type Teller,
  type ToldLesson,
  tellLessonChanged,
  toldColumns,
} from '../lesson/tell-lesson-changed.ts'

/**
 * Calls off what a group that is over has still before it, and ends its series. A lesson that has
 * begun stays. Call it behind the lock on the group's state.
 */
export async function endLessons(
  tx: Prisma.TransactionClient,
  teller: Teller,
  groupId: string,
): Promise<void> {
  const now = teller.clock()
  // Locked in one order, as by an erasure, lest two wait for each other.
  const cancelled = await tx.$queryRaw<ToldLesson[]>`
    UPDATE lessons l
    SET status = 'CANCELLED', cancelled_at = ${now}::timestamptz, version = l.version + 1,
      updated_at = ${now}::timestamptz
    FROM (
      SELECT id FROM lessons
      WHERE group_id = ${groupId}::uuid AND status = 'SCHEDULED' AND starts_at > ${now}::timestamptz
      ORDER BY id FOR UPDATE
    ) AS to_come
    WHERE l.id = to_come.id
    RETURNING ${toldColumns}`
  await tx.$executeRaw`
    UPDATE lesson_series
    SET until = ${now}::timestamptz, version = version + 1, updated_at = ${now}::timestamptz
    WHERE group_id = ${groupId}::uuid AND (until IS NULL OR until > ${now}::timestamptz)`
  await tellLessonChanged(tx, teller, ...cancelled)
}
