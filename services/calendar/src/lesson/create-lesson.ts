import { once, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateLessonInput } from '../generated/graphql.ts'
import { teacherOf } from '../person/acting-teacher.ts'
import type { LessonRow } from '../rows.ts'
import { assertStudentsExist, assertTeacherExists, assertTeachesGroup } from '../sisters.ts'
import { type Booking, explainConflict, takeTurns } from './booking.ts'
import { readAgain } from './reads.ts'
import { assertDuration, meetingUrl, place, title } from './rules.ts'

const mostParticipants = 200

const rules = z.object({
  title,
  place,
  meetingUrl,
  participantTelegramIds: z
    .array(z.bigint())
    .max(mostParticipants)
    .refine((ids) => new Set(ids).size === ids.length, 'must name nobody twice'),
})

/**
 * Plans a lesson.
 *
 * @throws FORBIDDEN when a teacher plans for another teacher
 * @throws BAD_USER_INPUT for a field out of its bounds, a teacher, group or student who does not
 * exist, or a group of another teacher
 * @throws CONFLICT `GROUP_NOT_RUNNING`, `TEACHER_BUSY`, `GROUP_BUSY`, `STUDENT_BUSY`
 */
export async function createLesson(
  ctx: RequestContext,
  input: CreateLessonInput,
): Promise<{ lesson: LessonRow }> {
  const teacherTelegramId = teacherOf(ctx, input)
  const { participantTelegramIds, place, ...fields } = parseInput(rules, input)
  const { startsAt, endsAt, timezone, groupId } = input
  assertDuration(input)
  await Promise.all([
    assertTeacherExists(ctx, teacherTelegramId),
    groupId ? assertTeachesGroup(ctx, teacherTelegramId, groupId) : undefined,
    assertStudentsExist(
      ctx,
      participantTelegramIds,
      (index) => `input.participantTelegramIds.${index}`,
    ),
  ])

  const times = { teacherTelegramId, groupId, startsAt, endsAt }
  const booking: Booking = { ...times, studentTelegramIds: participantTelegramIds }
  const students = participantTelegramIds.map((studentTelegramId) => ({ studentTelegramId }))
  const { id } = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'createLesson', input, {
      async create() {
        await takeTurns(tx, booking)
        return tx.lesson.create({
          data: {
            ...fields,
            ...times,
            timezone,
            location: place,
            participants: { createMany: { data: students } },
          },
          select: { id: true },
        })
      },
      find: async (id) => ({ id }),
    }),
  ).catch(async (error: unknown) => {
    throw await explainConflict(ctx, error, booking)
  })
  return { lesson: await readAgain(ctx, id) }
}
