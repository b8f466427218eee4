import { once, replay, transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { AssessLevelInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { findLevels } from '../language/find-levels.ts'
import { mostLanguages } from '../language/replace-languages.ts'
import type { LevelAssessmentRow, StudentRow } from '../rows.ts'
import { lockStudent } from '../student/lock-student.ts'
import { levelReason } from '../student/rules.ts'
import { mayAssess } from './may-assess.ts'
import { recordAssessments } from './record-assessments.ts'

const rules = z.object({ reason: levelReason })

/**
 * States a student's level of a language, which may be the one that it was.
 *
 * @throws FORBIDDEN unless the viewer teaches the student now or is an administrator, whether there is
 * such a student or not; NOT_FOUND, also for a retry after the student was erased; BAD_USER_INPUT;
 * CONFLICT: `STALE`, `TOO_MANY_LANGUAGES`; SERVICE_UNAVAILABLE when groups cannot be asked
 */
export async function assessLevel(
  ctx: RequestContext,
  input: AssessLevelInput,
): Promise<{ assessment: LevelAssessmentRow; student: StudentRow }> {
  const { studentTelegramId } = input
  const student = { telegramId: studentTelegramId }
  const earlier = await replay(ctx.db, ctx, 'assessLevel', input, (id) => find(ctx.db, id))
  if (earlier) return { assessment: earlier, student }

  const { viewer } = ctx
  if (viewer.kind !== 'person' || !(await mayAssess(ctx, studentTelegramId))) {
    throw forbidden('Only teachers of the student and administrators state levels.')
  }
  const { reason = null } = parseInput(rules, input)
  const assessment = await transact(ctx.db, ctx, async (tx) => {
    await lockStudent(tx, studentTelegramId)
    return once(tx, ctx, 'assessLevel', input, {
      create: () => assess(tx, ctx, { ...input, reason, by: viewer.telegramId }),
      find: (id) => find(tx, id),
    })
  })
  return { assessment, student }
}

async function assess(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { by, reason, ...input }: AssessLevelInput & { by: bigint; reason: string | null },
): Promise<LevelAssessmentRow> {
  const { studentTelegramId, language, level, expectedLevel } = input
  const previousLevel = (await findLevels(tx, studentTelegramId)).get(language) ?? null
  if (expectedLevel != null && expectedLevel !== previousLevel) {
    throw conflict('STALE', 'The level was changed in the meantime.', { level: previousLevel })
  }
  const others = await tx.studentLanguage.count({
    where: { studentTelegramId, language: { not: language } },
  })
  if (others >= mostLanguages) {
    throw conflict('TOO_MANY_LANGUAGES', `A student learns at most ${mostLanguages} languages.`)
  }
  await tx.$executeRaw`
    INSERT INTO student_languages (student_telegram_id, language, level)
    VALUES (${studentTelegramId}, ${language}, ${level}::level)
    ON CONFLICT (student_telegram_id, language) DO UPDATE
      SET level = EXCLUDED.level, updated_at = now()`
  await tx.student.update({
    where: { telegramId: studentTelegramId },
    data: { updatedAt: ctx.clock() },
  })
  const [assessment] = await recordAssessments(tx, ctx, studentTelegramId, [
    { language, previousLevel, level, reason, assessedByTelegramId: by },
  ])
  if (!assessment) throw new Error('an assessment was not stored')
  return assessment
}

async function find(db: Prisma.TransactionClient, id: string): Promise<LevelAssessmentRow> {
  const assessment = await db.levelAssessment.findUnique({ where: { id } })
  if (!assessment) throw notFound('assessment', id)
  return assessment
}
