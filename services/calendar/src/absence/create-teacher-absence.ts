import { once, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateTeacherAbsenceInput } from '../generated/graphql.ts'
import { teacherOf } from '../person/acting-teacher.ts'
import type { TeacherAbsenceRow } from '../rows.ts'
import { assertTeacherExists } from '../sisters.ts'
import { explainAbsenceError, reason } from './rules.ts'

const rules = z.object({ reason })

/**
 * Announces a time without lessons.
 *
 * @throws FORBIDDEN for another teacher, BAD_USER_INPUT
 */
export async function createTeacherAbsence(
  ctx: RequestContext,
  input: CreateTeacherAbsenceInput,
): Promise<{ absence: TeacherAbsenceRow }> {
  const teacherTelegramId = teacherOf(ctx, input)
  const { reason } = parseInput(rules, input)
  await assertTeacherExists(ctx, teacherTelegramId)
  const { startsAt, endsAt } = input
  const absence = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'createTeacherAbsence', input, {
      create: () =>
        tx.teacherUnavailable.create({ data: { teacherTelegramId, startsAt, endsAt, reason } }),
      find: (id) => tx.teacherUnavailable.findUniqueOrThrow({ where: { id } }),
    }),
  ).catch((error: unknown) => {
    throw explainAbsenceError(error)
  })
  return { absence }
}
