import type { Level, Prisma } from '../generated/prisma/client.ts'

/**
 * The student's level of each language. A language that was given up keeps the level last
 * assessed: whoever takes it up again cannot thereby choose another.
 */
export async function findLevels(
  tx: Prisma.TransactionClient,
  studentTelegramId: bigint,
): Promise<Map<string, Level>> {
  const assessed = await tx.$queryRaw<{ language: string; level: Level }[]>`
    SELECT DISTINCT ON (language) language, level FROM level_assessments
    WHERE student_telegram_id = ${studentTelegramId}
    ORDER BY language, assessed_at DESC, id DESC`
  const current = await tx.studentLanguage.findMany({ where: { studentTelegramId } })
  return new Map([...assessed, ...current].map(({ language, level }) => [language, level]))
}
