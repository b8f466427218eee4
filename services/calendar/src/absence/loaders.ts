import { createListLoader, createLoaderFamily } from '@classgram/graphql'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Span } from '../lesson/span.ts'
import type { TeacherAbsenceRow } from '../rows.ts'
import { absenceColumns } from './absence-sql.ts'

export function createAbsenceLoaders(db: PrismaClient) {
  return {
    absencesOfTeacher: createLoaderFamily(({ from, to }: Span) =>
      createListLoader<bigint, TeacherAbsenceRow>(
        (teachers) => db.$queryRaw<TeacherAbsenceRow[]>`
          SELECT ${absenceColumns} FROM teacher_unavailable
          WHERE teacher_telegram_id = ANY(${teachers}::bigint[])
            AND starts_at < ${to}::timestamptz AND ends_at > ${from}::timestamptz
          ORDER BY starts_at, id`,
        (absence) => absence.teacherTelegramId,
      ),
    ),
  }
}
