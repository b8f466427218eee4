import { transact } from '@classgram/database'
import { notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateTeacherAbsenceInput } from '../generated/graphql.ts'
import { assertOwnTeacher } from '../person/acting-teacher.ts'
import type { TeacherAbsenceRow } from '../rows.ts'
import { explainAbsenceError, reason } from './rules.ts'

const rules = z.object({ reason })

/**
 * Changes a time without lessons.
 *
 * @throws NOT_FOUND, FORBIDDEN for another teacher's, BAD_USER_INPUT
 */
export async function updateTeacherAbsence(
  ctx: RequestContext,
  input: UpdateTeacherAbsenceInput,
): Promise<{ absence: TeacherAbsenceRow }> {
  const { reason } = parseInput(rules, input)
  const { id } = input
  const absence = await transact(ctx.db, ctx, async (tx) => {
    const before = await tx.teacherUnavailable.findUnique({ where: { id } })
    if (!before) throw notFound('teacher absence', id)
    assertOwnTeacher(ctx, before)
    return tx.teacherUnavailable.update({
      where: { id },
      data: {
        startsAt: input.startsAt ?? undefined,
        endsAt: input.endsAt ?? undefined,
        reason,
      },
    })
  }).catch((error: unknown) => {
    throw explainAbsenceError(error)
  })
  return { absence }
}
