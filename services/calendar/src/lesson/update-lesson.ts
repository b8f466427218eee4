import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateLessonInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { assertNotOver, lockGroupOfLesson } from '../group/group-state.ts'
import type { LessonRow } from '../rows.ts'
import { type Booking, bookingRefusals, takeTurns } from './booking.ts'
import { type LockedLesson, lockOwnLesson } from './lock-lesson.ts'
import { readAgain } from './reads.ts'
import {
  assertDuration,
  assertNotCancelled,
  assertStarted,
  assertVersion,
  meetingUrl,
  place,
  title,
} from './rules.ts'
import { tellLessonChanged } from './tell-lesson-changed.ts'

const rules = z.object({ title: title.nullish(), place, meetingUrl })

/**
 * Changes a lesson, its time and what became of it among the rest.
 *
 * @throws FORBIDDEN for another teacher's lesson, NOT_FOUND, BAD_USER_INPUT, or CONFLICT: `STALE`,
 * `LESSON_CANCELLED`, `LESSON_NOT_STARTED`, `GROUP_NOT_RUNNING` (a lesson to come, of a group that is
 * over), `TEACHER_BUSY`, `GROUP_BUSY`, `STUDENT_BUSY`
 */
export async function updateLesson(
  ctx: RequestContext,
  input: UpdateLessonInput,
): Promise<{ lesson: LessonRow }> {
  const { place, ...fields } = parseInput(rules, input)
  let booking: Booking | undefined
  await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const group =
        input.startsAt || input.status ? await lockGroupOfLesson(tx, input.id) : undefined
      const before = await lockOwnLesson(ctx, tx, input.id)
      assertVersion(before, input)
      assertNotCancelled(before)
      const { startsAt, endsAt, status } = resultOf(before, input)
      assertDuration({ startsAt, endsAt })
      if (status !== 'SCHEDULED') assertStarted({ startsAt }, ctx.clock())
      else if (startsAt > ctx.clock()) assertNotOver(group)
      if (input.startsAt || input.endsAt) {
        booking = await bookingOf(tx, { ...before, startsAt, endsAt })
        await takeTurns(tx, booking)
      }
      const after = await tx.lesson.update({
        where: { id: input.id },
        data: {
          title: fields.title ?? undefined,
          meetingUrl: fields.meetingUrl,
          location: place,
          timezone: input.timezone ?? undefined,
          startsAt,
          endsAt,
          status,
          version: { increment: 1 },
        },
      })
      await tellLessonChanged(tx, ctx, after)
    },
    bookingRefusals(ctx, () => booking),
  )
  return { lesson: await readAgain(ctx, input.id) }
}

function resultOf(before: LockedLesson, input: UpdateLessonInput) {
  return {
    startsAt: input.startsAt ?? before.startsAt,
    endsAt: input.endsAt ?? before.endsAt,
    status: input.status ?? before.status,
  }
}

async function bookingOf(tx: Prisma.TransactionClient, lesson: LockedLesson): Promise<Booking> {
  const participants = await tx.lessonParticipant.findMany({
    where: { lessonId: lesson.id, response: { not: 'DECLINED' } },
    select: { studentTelegramId: true },
  })
  const studentTelegramIds = participants.map((entry) => entry.studentTelegramId)
  return { ...lesson, lessonId: lesson.id, studentTelegramIds }
}
