import { createRowLoader } from '@classgram/graphql'
import {
  type Level,
  Prisma,
  type PrismaClient,
  type Student,
  type StudentLanguage,
} from '../generated/prisma/client.ts'
import type { GroupEnrollmentRow } from '../rows.ts'

/** A student with the short lists that belong to them: all of it comes in one statement. */
export interface StudentRecord extends Student {
  languages: (Pick<StudentLanguage, 'language' | 'targetLevel'> & { level: Level })[]
  enrollments: GroupEnrollmentRow[]
}

/** Columns of a `StudentRecord` for a row `s` of `students`. */
export const studentColumns = Prisma.sql`
  s.id, s.telegram_id AS "telegramId", s.goals, s.timezone,
  s.communication_language AS "communicationLanguage", s.staff_notes AS "staffNotes",
  s.guardian_contact_ciphertext AS "guardianContactCiphertext",
  s.guardian_contact_key_id AS "guardianContactKeyId",
  s.created_at AS "createdAt", s.updated_at AS "updatedAt",
  (
    SELECT coalesce(json_agg(json_build_object(
      'language', language, 'level', level, 'targetLevel', target_level
    ) ORDER BY created_at, id), '[]')
    FROM student_languages WHERE student_telegram_id = s.telegram_id
  ) AS languages,
  (
    SELECT coalesce(json_agg(json_build_object(
      'groupId', group_id, 'status', status,
      'invitedAt', invited_at, 'joinedAt', joined_at, 'leftAt', left_at
    ) ORDER BY created_at, id), '[]')
    FROM group_enrollments WHERE student_telegram_id = s.telegram_id
  ) AS enrollments`

export function createStudentLoaders(db: PrismaClient) {
  return {
    studentByTelegramId: createRowLoader<bigint, StudentRecord>(
      (telegramIds) => db.$queryRaw<StudentRecord[]>`
        SELECT ${studentColumns} FROM students s
        WHERE s.telegram_id = ANY(${telegramIds}::bigint[])`,
      (student) => student.telegramId,
    ),
  }
}
