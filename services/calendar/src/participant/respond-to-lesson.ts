import { transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { isAdmin } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { RespondToLessonInput } from '../generated/graphql.ts'
import { type Booking, bookingRefusals, takeTurns } from '../lesson/booking.ts'
import { lockLesson } from '../lesson/lock-lesson.ts'
import { assertNotCancelled } from '../lesson/rules.ts'
import { type LessonAndParticipant, readEntry } from './read-entry.ts'

/**
 * Records whether the viewer comes to a lesson.
 *
 * @throws FORBIDDEN unless the viewer takes part, whether there is such a lesson or not, NOT_FOUND
 * for administrators, or CONFLICT: `LESSON_CANCELLED`, `LESSON_STARTED`, `STUDENT_BUSY`
 */
export async function respondToLesson(
  ctx: RequestContext,
  { lessonId, response }: RespondToLessonInput,
): Promise<LessonAndParticipant> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const studentTelegramId = viewer.telegramId
  let booking: Booking | undefined
  await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const lesson = await lockLesson(tx, lessonId)
      if (!lesson && isAdmin(viewer)) throw notFound('lesson', lessonId)
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
    },
    bookingRefusals(ctx, () => booking),
  )
  return readEntry(ctx, lessonId, studentTelegramId)
}
