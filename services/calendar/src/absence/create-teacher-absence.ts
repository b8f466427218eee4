import { once, replay, transact } from '@classgram/database'
import { notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateTeacherAbsenceInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { teacherOf } from '../person/acting-teacher.ts'
import type { TeacherAbsenceRow } from '../rows.ts'
import { assertTeacherExists } from '../sisters.ts'
import { absenceRefusals, reason } from './rules.ts'

const rules = z.object({ reason })

/**
 * Announces a time without lessons.
 *
 * @throws FORBIDDEN for another teacher, BAD_USER_INPUT, NOT_FOUND for a retry after what the first
 * attempt announced was removed
 */
export async function createTeacherAbsence(
  ctx: RequestContext,
  input: CreateTeacherAbsenceInput,
): Promise<{ absence: TeacherAbsenceRow }> {
  const earlier = await replay(ctx.db, ctx, 'createTeacherAbsence', input, (id) =>
    findAbsence(ctx.db, id),
  )
  if (earlier) return { absence: earlier }

  const teacherTelegramId = teacherOf(ctx, input)
  const { reason } = parseInput(rules, input)
  await assertTeacherExists(ctx, teacherTelegramId)
  const { startsAt, endsAt } = input
  const absence = await transact(
    ctx.db,
    ctx,
    (tx) =>
      once(tx, ctx, 'createTeacherAbsence', input, {
        create: () =>
          tx.teacherUnavailable.create({ data: { teacherTelegramId, startsAt, endsAt, reason } }),
        find: (id) => findAbsence(tx, id),
      }),
    absenceRefusals,
  )
  return { absence }
}

async function findAbsence(db: Prisma.TransactionClient, id: string): Promise<TeacherAbsenceRow> {
  const absence = await db.teacherUnavailable.findUnique({ where: { id } })
  if (!absence) throw notFound('teacher absence', id)
  return absence
}
