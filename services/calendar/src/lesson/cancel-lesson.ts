import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CancelLessonInput } from '../generated/graphql.ts'
import type { LessonRow } from '../rows.ts'
import { lockOwnLesson } from './lock-lesson.ts'
import { readAgain } from './reads.ts'
import { assertNotCancelled, assertVersion, optionalText } from './rules.ts'
import { tellLessonChanged } from './tell-lesson-changed.ts'

const rules = z.object({ reason: optionalText(500) })

/**
 * Calls a lesson off, for good: whoever had time set aside for it may plan anew.
 *
 * @throws FORBIDDEN for another teacher's lesson, NOT_FOUND, BAD_USER_INPUT, or CONFLICT: `STALE`,
 * `LESSON_CANCELLED`
 */
export async function cancelLesson(
  ctx: RequestContext,
  input: CancelLessonInput,
): Promise<{ lesson: LessonRow }> {
  const { reason } = parseInput(rules, input)
  await transact(ctx.db, ctx, async (tx) => {
    const before = await lockOwnLesson(ctx, tx, input.id)
    assertVersion(before, input)
    assertNotCancelled(before)
    const cancelled = await tx.lesson.update({
      where: { id: input.id },
      data: {
        status: 'CANCELLED',
        cancelledAt: ctx.clock(),
        cancelReason: reason,
        version: { increment: 1 },
      },
    })
    await tellLessonChanged(tx, ctx, cancelled)
  })
  return { lesson: await readAgain(ctx, input.id) }
}
