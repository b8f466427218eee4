import { publish } from '@classgram/events'
import { levelChanged } from '@classgram/events/catalog'
import type { RequestContext } from '../context.ts'
import type { LevelAssessment, Prisma } from '../generated/prisma/client.ts'

type Assessed = Pick<
  LevelAssessment,
  'studentTelegramId' | 'language' | 'previousLevel' | 'level' | 'reason' | 'assessedByTelegramId'
>

/**
 * Adds to the history of a student's levels, and tells others of each level that is another now. Call
 * it behind the student's lock, or in the transaction that creates the student.
 *
 * @returns the assessments, in the order in which they were given
 */
export async function recordAssessments(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  assessed: Assessed[],
): Promise<LevelAssessment[]> {
  const assessedAt = ctx.clock()
  const assessments = await tx.levelAssessment.createManyAndReturn({
    data: assessed.map((one) => ({ ...one, assessedAt })),
  })
  for (const assessment of assessments) {
    const { studentTelegramId, previousLevel, level } = assessment
    if (level === previousLevel) continue
    await publish(tx, ctx, levelChanged, {
      aggregate: { type: 'student', id: String(studentTelegramId) },
      payload: assessment,
      person: studentTelegramId,
      occurredAt: assessedAt,
    })
  }
  return assessments
}
