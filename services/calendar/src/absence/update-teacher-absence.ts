import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateTeacherAbsenceInput } from '../generated/graphql.ts'
import type { TeacherAbsenceRow } from '../rows.ts'
import { lockOwnAbsence } from './absence-sql.ts'
import { absenceRefusals, reason } from './rules.ts'

const rules = z.object({ reason })

/**
 * Changes a time without lessons.
 *
 * @throws FORBIDDEN for another teacher's, NOT_FOUND, BAD_USER_INPUT
 */
export async function updateTeacherAbsence(
  ctx: RequestContext,
  input: UpdateTeacherAbsenceInput,
): Promise<{ absence: TeacherAbsenceRow }> {
  const { reason } = parseInput(rules, input)
  const { id } = input
  const absence = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      await lockOwnAbsence(ctx, tx, id)
      return tx.teacherUnavailable.update({
        where: { id },
        data: {
          startsAt: input.startsAt ?? undefined,
          endsAt: input.endsAt ?? undefined,
          reason,
        },
      })
    },
    absenceRefusals,
  )
  return { absence }
}
