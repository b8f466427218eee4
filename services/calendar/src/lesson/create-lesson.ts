import { once, replay, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateLessonInput } from '../generated/graphql.ts'
import { lockRunningGroup } from '../group/group-state.ts'
import { teacherOf } from '../person/acting-teacher.ts'
import type { LessonRow } from '../rows.ts'
import { assertMayBook, assertTeacherActive, findGroupOfTeacher } from '../sisters.ts'
import { type Booking, bookingRefusals, takeTurns } from './booking.ts'
import { readAgain } from './reads.ts'
import { assertDuration, meetingUrl, place, title } from './rules.ts'
import { tellLessonChanged } from './tell-lesson-changed.ts'

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
 * @throws BAD_USER_INPUT for a field out of its bounds, a teacher who does not exist, a group that
 * is not the teacher's, or a student whom the viewer may not book
 * @throws CONFLICT `TEACHER_NOT_ACTIVE`, `GROUP_NOT_RUNNING`, `TEACHER_BUSY`, `GROUP_BUSY`,
 * `STUDENT_BUSY`
 */
export async function createLesson(
  ctx: RequestContext,
  input: CreateLessonInput,
): Promise<{ lesson: LessonRow }> {
  const find = async (id: string) => ({ id })
  const earlier = await replay(ctx.db, ctx, 'createLesson', input, find)
  if (earlier) return { lesson: await readAgain(ctx, earlier.id) }

  const teacherTelegramId = teacherOf(ctx, input)
  const { participantTelegramIds, place, ...fields } = parseInput(rules, input)
  const { startsAt, endsAt, timezone, groupId } = input
  assertDuration(input)
  const [group] = await Promise.all([
    groupId ? findGroupOfTeacher(ctx, teacherTelegramId, groupId) : undefined,
    assertTeacherActive(ctx, teacherTelegramId),
    assertMayBook(ctx, participantTelegramIds, (i) => `input.participantTelegramIds.${i}`),
  ])

  const times = { teacherTelegramId, groupId, startsAt, endsAt }
  const booking: Booking = { ...times, studentTelegramIds: participantTelegramIds }
  const students = participantTelegramIds.map((studentTelegramId) => ({ studentTelegramId }))
  const { id } = await transact(
    ctx.db,
    ctx,
    (tx) =>
      once(tx, ctx, 'createLesson', input, {
        async create() {
          if (group) await lockRunningGroup(tx, group)
          await takeTurns(tx, booking)
          const lesson = await tx.lesson.create({
            data: {
              ...fields,
              ...times,
              timezone,
              location: place,
              participants: { createMany: { data: students } },
            },
          })
          await tellLessonChanged(tx, ctx, lesson)
          return { id: lesson.id }
        },
        find,
      }),
    bookingRefusals(ctx, () => booking),
  )
  return { lesson: await readAgain(ctx, id) }
}
