import { transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'
import type { RemoveTeacherAbsenceInput } from '../generated/graphql.ts'
import type { TeacherAbsenceRow } from '../rows.ts'
import { lockOwnAbsence } from './absence-sql.ts'

/**
 * Takes back a time without lessons that was a mistake.
 *
 * @returns the absence as it was
 * @throws FORBIDDEN for another teacher's, NOT_FOUND
 */
export async function removeTeacherAbsence(
  ctx: RequestContext,
  { id }: RemoveTeacherAbsenceInput,
): Promise<{ absence: TeacherAbsenceRow }> {
  const absence = await transact(ctx.db, ctx, async (tx) => {
    const before = await lockOwnAbsence(ctx, tx, id)
    await tx.teacherUnavailable.delete({ where: { id }, select: { id: true } })
    return before
  })
  return { absence }
}
