import { earlierThan } from '@classgram/database'
import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import { type LevelAssessment, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

export function createAssessmentLoaders(db: PrismaClient) {
  return {
    /** One page of assessments for each of many students, the newest first, in one statement. */
    assessmentPage: createLoaderFamily(
      ({ page: { limit, after }, language }: { page: Page; language?: string | null }) =>
        createListLoader<bigint, LevelAssessment>(
          (students) => db.$queryRaw<LevelAssessment[]>`
          SELECT a.* FROM unnest(${students}::bigint[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT id, student_telegram_id AS "studentTelegramId", language,
              previous_level AS "previousLevel", level, reason,
              assessed_by_telegram_id AS "assessedByTelegramId", assessed_at AS "assessedAt",
              created_at AS "createdAt"
            FROM level_assessments
            WHERE student_telegram_id = parent.id
              ${language ? Prisma.sql`AND language = ${language}` : Prisma.empty}
              AND ${earlierThan(Prisma, Prisma.sql`assessed_at, id`, after)}
            ORDER BY assessed_at DESC, id DESC LIMIT ${limit + 1}
          ) a ORDER BY a."assessedAt" DESC, a.id DESC`,
          (assessment) => assessment.studentTelegramId,
        ),
    ),
  }
}
