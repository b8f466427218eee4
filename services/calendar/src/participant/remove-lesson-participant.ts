import { transact } from '@classgram/database'
import { conflict, notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { RemoveLessonParticipantInput } from '../generated/graphql.ts'
import { lockOwnLesson } from '../lesson/lock-lesson.ts'
import { readAgain } from '../lesson/reads.ts'
import { assertNotCancelled } from '../lesson/rules.ts'
import type { LessonRow } from '../rows.ts'

/**
 * Takes a student out of a lesson.
 *
 * @throws FORBIDDEN for another teacher's lesson, NOT_FOUND (lesson, participant), or CONFLICT:
 * `LESSON_CANCELLED`, `ATTENDANCE_MARKED`
 */
export async function removeLessonParticipant(
  ctx: RequestContext,
  { lessonId, studentTelegramId }: RemoveLessonParticipantInput,
): Promise<{ lesson: LessonRow }> {
  await transact(ctx.db, ctx, async (tx) => {
    const lesson = await lockOwnLesson(ctx, tx, lessonId)
    assertNotCancelled(lesson)
    const entry = await tx.lessonParticipant.findUnique({
      where: { lessonId_studentTelegramId: { lessonId, studentTelegramId } },
      include: { attendance: true },
    })
    if (!entry) throw notFound('lesson participant', studentTelegramId)
    // The mark would go with the entry, and with it what the student's record shows.
    if (entry.attendance) {
      throw conflict('ATTENDANCE_MARKED', "The student's attendance is on record.")
    }
    await tx.lessonParticipant.delete({ where: { id: entry.id } })
  })
  return { lesson: await readAgain(ctx, lessonId) }
}
