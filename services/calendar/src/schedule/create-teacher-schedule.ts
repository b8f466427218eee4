import { once, replay, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateTeacherScheduleInput } from '../generated/graphql.ts'
import { teacherOf } from '../person/acting-teacher.ts'
import type { TeacherScheduleRow } from '../rows.ts'
import { assertTeacherExists } from '../sisters.ts'
import { scheduleRefusals, weekday } from './rules.ts'

const rules = z.object({ weekday })

/**
 * Publishes weekly working hours.
 *
 * @throws FORBIDDEN for another teacher, BAD_USER_INPUT, or CONFLICT `SCHEDULE_OVERLAPS`
 */
export async function createTeacherSchedule(
  ctx: RequestContext,
  input: CreateTeacherScheduleInput,
): Promise<{ schedule: TeacherScheduleRow }> {
  const earlier = await replay(ctx.db, ctx, 'createTeacherSchedule', input, (id) =>
    ctx.db.teacherSchedule.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { schedule: earlier }

  const teacherTelegramId = teacherOf(ctx, input)
  const { weekday } = parseInput(rules, input)
  await assertTeacherExists(ctx, teacherTelegramId)
  const { localFrom, localTo, timezone, validFrom, validUntil } = input
  const schedule = await transact(
    ctx.db,
    ctx,
    (tx) =>
      once(tx, ctx, 'createTeacherSchedule', input, {
        create: () =>
          tx.teacherSchedule.create({
            data: {
              teacherTelegramId,
              weekday,
              localFrom,
              localTo,
              timezone,
              validFrom,
              validUntil,
            },
          }),
        find: (id) => tx.teacherSchedule.findUniqueOrThrow({ where: { id } }),
      }),
    scheduleRefusals,
  )
  return { schedule }
}
