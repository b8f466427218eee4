import type { RequestContext } from '../context.ts'
import type { Lesson, Prisma } from '../generated/prisma/client.ts'
import { requireOwn } from '../person/acting-teacher.ts'

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

/**
 * Locks a lesson for its teacher or an administrator.
 *
 * @throws FORBIDDEN for everybody else, whether it exists or not, NOT_FOUND for administrators
 */
export async function lockOwnLesson(
  ctx: RequestContext,
  tx: Prisma.TransactionClient,
  id: string,
): Promise<LockedLesson> {
  return requireOwn(ctx, await lockLesson(tx, id), 'lesson', id)
}
