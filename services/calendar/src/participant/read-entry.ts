import { notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import { readAgain } from '../lesson/reads.ts'
import type { LessonParticipantRow, LessonRow } from '../rows.ts'

export interface LessonAndParticipant {
  lesson: LessonRow
  participant: LessonParticipantRow
}

/**
 * A lesson and one student's place in it, after a change.
 *
 * @throws NOT_FOUND when the student was taken out in the meantime
 */
export async function readEntry(
  ctx: RequestContext,
  lessonId: string,
  studentTelegramId: bigint,
): Promise<LessonAndParticipant> {
  const lesson = await readAgain(ctx, lessonId)
  const participant = lesson.participants.find(
    (entry) => entry.studentTelegramId === studentTelegramId,
  )
  if (!participant) throw notFound('lesson participant', studentTelegramId)
  return { lesson, participant }
}
