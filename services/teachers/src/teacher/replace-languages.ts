import type { Prisma } from '../generated/prisma/client.ts'
import type { TeacherLanguages } from './rules.ts'

/**
 * Makes the list the teacher's languages, in two statements whatever its length. Rows that stay as
 * they are remain untouched, so that the audit log shows what changed and no more.
 */
export async function replaceLanguages(
  tx: Prisma.TransactionClient,
  teacherTelegramId: bigint,
  languages: TeacherLanguages,
): Promise<void> {
  const kept = languages.map(({ language }) => language)
  await tx.$executeRaw`
    DELETE FROM teacher_languages
    WHERE teacher_telegram_id = ${teacherTelegramId} AND language <> ALL(${kept}::text[])`
  await tx.$executeRaw`
    INSERT INTO teacher_languages AS old
      (teacher_telegram_id, language, proficiency, min_level, max_level)
    SELECT ${teacherTelegramId}, language, proficiency, "minLevel", "maxLevel"
    FROM jsonb_to_recordset(${JSON.stringify(languages)}::jsonb)
      AS new(language text, proficiency proficiency, "minLevel" level, "maxLevel" level)
    ON CONFLICT (teacher_telegram_id, language) DO UPDATE
    SET (proficiency, min_level, max_level, updated_at) =
      (excluded.proficiency, excluded.min_level, excluded.max_level, now())
    WHERE (old.proficiency, old.min_level, old.max_level)
      IS DISTINCT FROM (excluded.proficiency, excluded.min_level, excluded.max_level)`
}
