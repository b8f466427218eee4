import { transact } from '@classgram/database'
import { conflict, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RespondToLessonInput } from '../generated/graphql.ts'
import { type Booking, explainConflict, takeTurns } from '../lesson/booking.ts'
import { lockLesson } from '../lesson/lock-lesson.ts'
import { assertNotCancelled } from '../lesson/rules.ts'
import { type LessonAndParticipant, readEntry } from './read-entry.ts'

const rules = z.object({
  response: z.enum(['ACCEPTED', 'DECLINED'], 'must be ACCEPTED or DECLINED'),
})

/**
 * Records whether the viewer comes to a lesson.
 *
 * @throws FORBIDDEN unless the viewer takes part, BAD_USER_INPUT, or CONFLICT: `LESSON_CANCELLED`,
 * `LESSON_STARTED`, `STUDENT_BUSY`
 */
export async function respondToLesson(
  ctx: RequestContext,
  input: RespondToLessonInput,
): Promise<LessonAndParticipant> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const { response } = parseInput(rules, input)
  const { lessonId } = input
  const studentTelegramId = viewer.telegramId
  let booking: Booking | undefined
  await transact(ctx.db, ctx, async (tx) => {
    const lesson = await lockLesson(tx, lessonId)
    const entry = await tx.lessonParticipant.findUnique({
      where: { lessonId_studentTelegramId: { lessonId, studentTelegramId } },
    })
    if (!lesson || !entry) throw forbidden('Only who takes part in a lesson may answer.')
    assertNotCancelled(lesson)
    const now = ctx.clock()
    if (lesson.startsAt <= now) {
      throw conflict('LESSON_STARTED', 'The lesson has begun.', { startsAt: lesson.startsAt })
    }
    if (entry.response === response) return
    booking = { ...lesson, lessonId, studentTelegramIds: [studentTelegramId] }
    if (response === 'ACCEPTED') await takeTurns(tx, booking)
    await tx.lessonParticipant.update({
      where: { id: entry.id },
      data: { response, respondedAt: now },
      select: { id: true },
    })
  }).catch(async (error: unknown) => {
    throw await explainConflict(ctx, error, booking)
  })
  return readEntry(ctx, lessonId, studentTelegramId)
}
