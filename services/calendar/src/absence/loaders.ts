import { createListLoader, createLoaderFamily } from '@classgram/graphql'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Span } from '../lesson/span.ts'
import type { TeacherAbsenceRow } from '../rows.ts'

export function createAbsenceLoaders(db: PrismaClient) {
  return {
    absencesOfTeacher: createLoaderFamily(({ from, to }: Span) =>
      createListLoader<bigint, TeacherAbsenceRow>(
        (teachers) =>
          db.teacherUnavailable.findMany({
            where: {
              teacherTelegramId: { in: [...teachers] },
              startsAt: { lt: to },
              endsAt: { gt: from },
            },
            orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
          }),
        (absence) => absence.teacherTelegramId,
      ),
    ),
  }
}
