import { transact } from '@classgram/database'
import { badUserInput, conflict } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateLessonInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { assertOwnTeacher } from '../person/acting-teacher.ts'
import type { LessonRow } from '../rows.ts'
import { type Booking, explainConflict, takeTurns } from './booking.ts'
import { type LockedLesson, lockExistingLesson } from './lock-lesson.ts'
import { readAgain } from './reads.ts'
import {
  assertDuration,
  assertNotCancelled,
  assertStarted,
  meetingUrl,
  place,
  text,
  title,
} from './rules.ts'

const rules = z.object({
  title: title.nullish(),
  place,
  meetingUrl,
  cancelReason: text(500).nullish(),
})

/**
 * Changes a lesson, its time and its status among the rest.
 *
 * @throws NOT_FOUND, FORBIDDEN for another teacher's lesson, BAD_USER_INPUT, or CONFLICT: `STALE`,
 * `LESSON_CANCELLED`, `LESSON_NOT_STARTED`, `TEACHER_BUSY`, `GROUP_BUSY`, `STUDENT_BUSY`
 */
export async function updateLesson(
  ctx: RequestContext,
  input: UpdateLessonInput,
): Promise<{ lesson: LessonRow }> {
  const { place, ...fields } = parseInput(rules, input)
  if (fields.cancelReason != null && input.status !== 'CANCELLED') {
    throw badUserInput('input.cancelReason', 'A reason goes with the status CANCELLED only.')
  }
  let booking: Booking | undefined
  await transact(ctx.db, ctx, async (tx) => {
    const before = await lockExistingLesson(tx, input.id)
    assertOwnTeacher(ctx, before)
    if (input.expectedVersion != null && input.expectedVersion !== before.version) {
      throw conflict('STALE', 'The lesson was changed in the meantime.', {
        version: before.version,
      })
    }
    assertNotCancelled(before)
    const { startsAt, endsAt, status } = resultOf(before, input)
    const now = ctx.clock()
    assertDuration({ startsAt, endsAt })
    if (status === 'COMPLETED' || status === 'MISSED') assertStarted({ startsAt }, now)
    if (input.startsAt || input.endsAt) {
      booking = await bookingOf(tx, { ...before, startsAt, endsAt })
      await takeTurns(tx, booking)
    }
    await tx.lesson.update({
      where: { id: input.id },
      data: {
        title: fields.title ?? undefined,
        meetingUrl: fields.meetingUrl,
        location: place,
        timezone: input.timezone ?? undefined,
        startsAt,
        endsAt,
        status,
        cancelledAt: status === 'CANCELLED' ? now : undefined,
        cancelReason: fields.cancelReason ?? undefined,
        version: { increment: 1 },
      },
      select: { id: true },
    })
  }).catch(async (error: unknown) => {
    throw await explainConflict(ctx, error, booking)
  })
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
