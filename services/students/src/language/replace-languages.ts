import { badUserInput, forbidden } from '@classgram/errors'
import { z } from 'zod'
import { recordAssessments } from '../assessment/record-assessments.ts'
import type { RequestContext } from '../context.ts'
import { Level, type Prisma } from '../generated/prisma/client.ts'
import { findLevels } from './find-levels.ts'

export const mostLanguages = 20

/** Rules of a student's list of languages that GraphQL's types cannot express. */
export const languages = z
  .array(
    z.object({
      language: z.string(),
      level: z.enum(Level).nullish(),
      targetLevel: z.enum(Level).nullish(),
    }),
  )
  .max(mostLanguages, `must be at most ${mostLanguages} languages`)
  .superRefine((list, context) => {
    const seen = new Set<string>()
    for (const [index, { language }] of list.entries()) {
      if (seen.has(language)) {
        context.addIssue({
          code: 'custom',
          path: [index, 'language'],
          message: `${language} stands in the list twice`,
        })
      }
      seen.add(language)
    }
  })

/** Who states levels, and why; only those who `mayAssess` change a level that is known. */
export interface Assessor {
  telegramId: bigint
  mayAssess: boolean
  reason?: string | null | undefined
}

/**
 * Makes the list the student's languages, and records each level that is new or another than
 * before. Call it behind the student's lock, or in the transaction that creates the student.
 *
 * @throws BAD_USER_INPUT for a new language without a level; FORBIDDEN when the assessor may not
 * change a level, or declare one as high
 */
export async function replaceLanguages(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  studentTelegramId: bigint,
  list: z.output<typeof languages>,
  assessor: Assessor,
): Promise<void> {
  const known = await findLevels(tx, studentTelegramId)
  const entries = list.map(({ language, level, targetLevel }, index) => {
    const before = known.get(language)
    const after = level ?? before
    if (!after) {
      const field = `input.languages.${index}.level`
      throw badUserInput(field, `${field}: say which level of ${language} has been reached`)
    }
    if (!assessor.mayAssess) assertMayDeclare(known, language, after)
    return { language, before: before ?? null, level: after, targetLevel: targetLevel ?? null }
  })

  const kept = entries.map((entry) => entry.language)
  await tx.$executeRaw`
    DELETE FROM student_languages
    WHERE student_telegram_id = ${studentTelegramId} AND language <> ALL(${kept}::text[])`
  await tx.$executeRaw`
    INSERT INTO student_languages (student_telegram_id, language, level, target_level)
    SELECT ${studentTelegramId}, language, level, "targetLevel"
    FROM json_to_recordset(${JSON.stringify(entries)}::json)
      AS entry(language text, level level, "targetLevel" level)
    ON CONFLICT (student_telegram_id, language) DO UPDATE
      SET level = EXCLUDED.level, target_level = EXCLUDED.target_level, updated_at = now()`
  await recordAssessments(
    tx,
    ctx,
    studentTelegramId,
    entries
      .filter((entry) => entry.level !== entry.before)
      .map(({ language, before, level }) => ({
        language,
        previousLevel: before,
        level,
        reason: assessor.reason ?? null,
        assessedByTelegramId: assessor.telegramId,
      })),
  )
}

/**
 * Students do not change a level that is known, nor get around it by a variety: who has B1 in `en` does
 * not begin with C2 in `en-GB`.
 *
 * @throws FORBIDDEN
 */
function assertMayDeclare(known: Map<string, Level>, language: string, level: Level): void {
  const before = known.get(language)
  if (before === level) return
  if (before) {
    throw forbidden(
      `Your level of ${language} is ${before}; only your teachers and administrators change it.`,
    )
  }
  const varieties = [...known].filter(([other]) => rootOf(other) === rootOf(language))
  // Names of levels sort as the levels do.
  if (varieties.length === 0 || varieties.some(([, reached]) => level <= reached)) return
  const reached = varieties.map((entry) => entry.join(' ')).join(', ')
  throw forbidden(
    `What is known is ${reached}; only your teachers and administrators say more of ${language}.`,
  )
}

/** `en` of `en-GB`. */
const rootOf = (language: string) => language.split('-')[0]
