import { createRowLoader } from '@classgram/graphql'
import DataLoader from 'dataloader'
import type { TeacherLanguage } from '../generated/graphql.ts'
import type { PrismaClient, Teacher } from '../generated/prisma/client.ts'

interface TeacherDetails {
  telegramId: bigint
  languages: TeacherLanguage[]
  runningGroupCount: number
}

export function createTeacherLoaders(db: PrismaClient) {
  return {
    teacherByTelegramId: createRowLoader<bigint, Teacher>(
      (telegramIds) => db.teacher.findMany({ where: { telegramId: { in: [...telegramIds] } } }),
      (teacher) => teacher.telegramId,
    ),

    /** What other tables say of a teacher, in one statement: with the row's own that makes two. */
    teacherDetails: new DataLoader<bigint, TeacherDetails>(async (telegramIds) => {
      const rows = await db.$queryRaw<TeacherDetails[]>`
        SELECT parent.id AS "telegramId",
          (SELECT coalesce(jsonb_agg(jsonb_build_object(
              'language', language, 'proficiency', proficiency,
              'minLevel', min_level, 'maxLevel', max_level) ORDER BY language COLLATE "C"), '[]')
            FROM teacher_languages WHERE teacher_telegram_id = parent.id) AS "languages",
          (SELECT count(*)::int FROM groups
            WHERE teacher_telegram_id = parent.id AND status IN ('OPEN', 'RUNNING')
          ) AS "runningGroupCount"
        FROM unnest(${telegramIds}::bigint[]) AS parent(id)`
      const byId = new Map(rows.map((row) => [row.telegramId, row]))
      return telegramIds.map(
        (telegramId) => byId.get(telegramId) ?? { telegramId, languages: [], runningGroupCount: 0 },
      )
    }),
  }
}
