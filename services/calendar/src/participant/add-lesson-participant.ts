import { once, transact, violatedConstraint } from '@classgram/database'
import { conflict, notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { AddLessonParticipantInput } from '../generated/graphql.ts'
import { type Booking, explainConflict, takeTurns } from '../lesson/booking.ts'
import { lockExistingLesson } from '../lesson/lock-lesson.ts'
import { assertNotCancelled } from '../lesson/rules.ts'
import { assertOwnTeacher } from '../person/acting-teacher.ts'
import { assertStudentsExist } from '../sisters.ts'
import { type LessonAndParticipant, readEntry } from './read-entry.ts'

/**
 * Adds a student to a lesson.
 *
 * @throws NOT_FOUND (lesson), FORBIDDEN, BAD_USER_INPUT (no such student), or CONFLICT:
 * `LESSON_CANCELLED`, `ALREADY_PARTICIPANT`, `STUDENT_BUSY`
 */
export async function addLessonParticipant(
  ctx: RequestContext,
  input: AddLessonParticipantInput,
): Promise<LessonAndParticipant> {
  const { lessonId, studentTelegramId } = input
  // A lesson keeps its teacher, so this needs no lock; it keeps others from probing for students.
  const lesson = await ctx.db.lesson.findUnique({ where: { id: lessonId } })
  if (!lesson) throw notFound('lesson', lessonId)
  assertOwnTeacher(ctx, lesson)
  await assertStudentsExist(ctx, [studentTelegramId], () => 'input.studentTelegramId')

  let booking: Booking | undefined
  await transact(ctx.db, ctx, async (tx) => {
    const { startsAt, endsAt, ...locked } = await lockExistingLesson(tx, lessonId)
    return once(tx, ctx, 'addLessonParticipant', input, {
      async create() {
        assertNotCancelled(locked)
        booking = { ...locked, lessonId, startsAt, endsAt, studentTelegramIds: [studentTelegramId] }
        await takeTurns(tx, booking)
        return tx.lessonParticipant.create({
          data: { lessonId, studentTelegramId, startsAt, endsAt, lessonStatus: locked.status },
          select: { id: true },
        })
      },
      find: async (id) => ({ id }),
    })
  }).catch(async (error: unknown) => {
    if (violatedConstraint(error) === 'lesson_participants_lesson_id_student_telegram_id_key') {
      throw conflict('ALREADY_PARTICIPANT', 'The student takes part in this lesson already.')
    }
    throw await explainConflict(ctx, error, booking)
  })
  return readEntry(ctx, lessonId, studentTelegramId)
}
