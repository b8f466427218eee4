import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateTeacherScheduleInput } from '../generated/graphql.ts'
import { requireOwn } from '../person/acting-teacher.ts'
import type { TeacherScheduleRow } from '../rows.ts'
import { scheduleRefusals, weekday } from './rules.ts'

const rules = z.object({ weekday: weekday.nullish() })

/**
 * Changes weekly working hours.
 *
 * @throws FORBIDDEN for another teacher's, NOT_FOUND, BAD_USER_INPUT, or CONFLICT
 * `SCHEDULE_OVERLAPS`
 */
export async function updateTeacherSchedule(
  ctx: RequestContext,
  input: UpdateTeacherScheduleInput,
): Promise<{ schedule: TeacherScheduleRow }> {
  const { weekday } = parseInput(rules, input)
  const { id } = input
  const schedule = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const before = await tx.teacherSchedule.findUnique({ where: { id } })
      requireOwn(ctx, before, 'teacher schedule', id)
      return tx.teacherSchedule.update({
        where: { id },
        data: {
          weekday: weekday ?? undefined,
          localFrom: input.localFrom ?? undefined,
          localTo: input.localTo ?? undefined,
          timezone: input.timezone ?? undefined,
          validFrom: input.validFrom ?? undefined,
          validUntil: input.validUntil,
        },
      })
    },
    scheduleRefusals,
  )
  return { schedule }
}
