import { once, replay, transact } from '@classgram/database'
import { conflict } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { AddLessonParticipantInput } from '../generated/graphql.ts'
import { type Booking, bookingRefusals, takeTurns } from '../lesson/booking.ts'
import { lockOwnLesson } from '../lesson/lock-lesson.ts'
import { assertNotCancelled } from '../lesson/rules.ts'
import { requireOwn } from '../person/acting-teacher.ts'
import { assertMayBook } from '../sisters.ts'
import { type LessonAndParticipant, readEntry } from './read-entry.ts'

/**
 * Adds a student to a lesson.
 *
 * @throws FORBIDDEN for another teacher's lesson, NOT_FOUND (lesson), BAD_USER_INPUT (a student whom
 * the viewer may not book), or CONFLICT: `LESSON_CANCELLED`, `ALREADY_PARTICIPANT`, `STUDENT_BUSY`
 */
export async function addLessonParticipant(
  ctx: RequestContext,
  input: AddLessonParticipantInput,
): Promise<LessonAndParticipant> {
  const { lessonId, studentTelegramId } = input
  const find = async (id: string) => ({ id })
  const earlier = await replay(ctx.db, ctx, 'addLessonParticipant', input, find)
  if (earlier) return readEntry(ctx, lessonId, studentTelegramId)

  // Before the sister is asked, whose answer is for the lesson's teacher alone. Needs no lock: a
  // lesson keeps its teacher.
  const lesson = await ctx.db.lesson.findUnique({ where: { id: lessonId } })
  requireOwn(ctx, lesson, 'lesson', lessonId)
  await assertMayBook(ctx, [studentTelegramId], () => 'input.studentTelegramId')

  let booking: Booking | undefined
  await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const { startsAt, endsAt, ...locked } = await lockOwnLesson(ctx, tx, lessonId)
      return once(tx, ctx, 'addLessonParticipant', input, {
        async create() {
          assertNotCancelled(locked)
          booking = {
            ...locked,
            lessonId,
            startsAt,
            endsAt,
            studentTelegramIds: [studentTelegramId],
          }
          await takeTurns(tx, booking)
          return tx.lessonParticipant.create({
            data: { lessonId, studentTelegramId, startsAt, endsAt, lessonStatus: locked.status },
            select: { id: true },
          })
        },
        find,
      })
    },
    {
      ...bookingRefusals(ctx, () => booking),
      lesson_participants_lesson_id_student_telegram_id_key: () =>
        conflict('ALREADY_PARTICIPANT', 'The student takes part in this lesson already.'),
    },
  )
  return readEntry(ctx, lessonId, studentTelegramId)
}
