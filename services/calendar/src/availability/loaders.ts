import { createListLoader, createLoaderFamily } from '@classgram/graphql'
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts'
import { reachesInto } from '../lesson/lesson-sql.ts'
import type { Span } from '../lesson/span.ts'

interface BusyTime {
  teacherTelegramId: bigint
  startsAt: Date
  endsAt: Date
}

export function createAvailabilityLoaders(db: PrismaClient) {
  return {
    /** Absences and lessons that are not cancelled, of many teachers, in one statement. */
    busyTimesOfTeacher: createLoaderFamily((span: Span) =>
      createListLoader<bigint, BusyTime>(
        (teachers) => db.$queryRaw<BusyTime[]>`
          SELECT teacher_telegram_id AS "teacherTelegramId", starts_at AS "startsAt",
            ends_at AS "endsAt"
          FROM lessons l
          WHERE teacher_telegram_id = ANY(${teachers}::bigint[]) AND status <> 'CANCELLED'
            AND ${reachesInto(span, Prisma.sql`l`)}
          UNION ALL
          SELECT teacher_telegram_id, starts_at, ends_at FROM teacher_unavailable
          WHERE teacher_telegram_id = ANY(${teachers}::bigint[])
            AND starts_at < ${span.to}::timestamptz AND ends_at > ${span.from}::timestamptz`,
        (time) => time.teacherTelegramId,
      ),
    ),
  }
}
