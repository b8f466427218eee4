import type { RequestContext } from '../context.ts'
import { Prisma } from '../generated/prisma/client.ts'
import { requireOwn } from '../person/acting-teacher.ts'
import type { TeacherAbsenceRow } from '../rows.ts'

export const absenceColumns = Prisma.sql`
  id, teacher_telegram_id AS "teacherTelegramId", starts_at AS "startsAt", ends_at AS "endsAt",
  reason, created_at AS "createdAt", updated_at AS "updatedAt"`

/**
 * Locks an absence until the transaction ends, so that nobody else changes or removes it.
 *
 * @throws FORBIDDEN unless the viewer is its teacher, whether it exists or not, NOT_FOUND for
 * administrators
 */
export async function lockOwnAbsence(
  ctx: RequestContext,
  tx: Prisma.TransactionClient,
  id: string,
): Promise<TeacherAbsenceRow> {
  const [absence] = await tx.$queryRaw<TeacherAbsenceRow[]>`
    SELECT ${absenceColumns} FROM teacher_unavailable WHERE id = ${id}::uuid FOR UPDATE`
  return requireOwn(ctx, absence, 'teacher absence', id)
}
