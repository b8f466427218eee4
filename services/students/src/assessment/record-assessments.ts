import { publish } from '@classgram/events'
import { levelChanged } from '@classgram/events/catalog'
import type { RequestContext } from '../context.ts'
import type { LevelAssessment, Prisma } from '../generated/prisma/client.ts'

type Assessed = Pick<
  LevelAssessment,
  'language' | 'previousLevel' | 'level' | 'reason' | 'assessedByTelegramId'
>

/**
 * Adds to the history of a student's levels, and tells others of each level that is another now. Call
 * it behind the student's lock, or in the transaction that creates the student. The levels are the
 * latest of the history, although the clock may have been put back.
 *
 * @returns the assessments, in the order in which they were given
 */
export async function recordAssessments(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  studentTelegramId: bigint,
  assessed: Assessed[],
): Promise<LevelAssessment[]> {
  if (assessed.length === 0) return []
  const now = ctx.clock()
  const { _max } = await tx.levelAssessment.aggregate({
    where: { studentTelegramId },
    _max: { assessedAt: true },
  })
  const latest = _max.assessedAt
  const assessedAt = latest && latest >= now ? new Date(latest.getTime() + 1) : now
  const assessments = await tx.levelAssessment.createManyAndReturn({
    data: assessed.map((one) => ({ ...one, studentTelegramId, assessedAt })),
  })
  const changes = assessments.filter(({ level, previousLevel }) => level !== previousLevel)
  const facts = changes.map((payload) => ({
    aggregate: { type: 'student', id: String(studentTelegramId) },
    payload,
    person: studentTelegramId,
    occurredAt: assessedAt,
  }))
  await publish(tx, ctx, levelChanged, ...facts)
  return assessments
}
