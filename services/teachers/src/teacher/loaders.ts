import { createRowLoader } from '@classgram/graphql'
import type { TeacherLanguage } from '../generated/graphql.ts'
import type { PrismaClient, Teacher } from '../generated/prisma/client.ts'

/** A teacher with what other tables say of them: all of it comes in one statement. */
export interface TeacherRecord extends Omit<Teacher, 'id' | 'hourlyRate'> {
  hourlyRate: number | null
  languages: TeacherLanguage[]
  runningGroupCount: number
}

export function createTeacherLoaders(db: PrismaClient) {
  return {
    teacherByTelegramId: createRowLoader<bigint, TeacherRecord>(
      (telegramIds) => db.$queryRaw<TeacherRecord[]>`
        SELECT t.telegram_id AS "telegramId", t.headline, t.bio,
          t.experience_years AS "experienceYears", t.hourly_rate::float8 AS "hourlyRate",
          t.currency, t.timezone, t.video_url AS "videoUrl",
          t.is_accepting_students AS "isAcceptingStudents", t.status,
          t.created_at AS "createdAt", t.updated_at AS "updatedAt",
          (
            SELECT coalesce(json_agg(json_build_object(
              'language', language, 'proficiency', proficiency,
              'minLevel', min_level, 'maxLevel', max_level
            ) ORDER BY language COLLATE "C"), '[]')
            FROM teacher_languages WHERE teacher_telegram_id = t.telegram_id
          ) AS languages,
          (
            SELECT count(*)::int FROM groups
            WHERE teacher_telegram_id = t.telegram_id AND status IN ('OPEN', 'RUNNING')
          ) AS "runningGroupCount"
        FROM teachers t WHERE t.telegram_id = ANY(${telegramIds}::bigint[])`,
      (teacher) => teacher.telegramId,
    ),
  }
}
