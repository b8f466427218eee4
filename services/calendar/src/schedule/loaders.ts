import { createListLoader } from '@classgram/graphql'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { TeacherScheduleRow } from '../rows.ts'

export function createScheduleLoaders(db: PrismaClient) {
  return {
    schedulesOfTeacher: createListLoader<bigint, TeacherScheduleRow>(
      (teachers) => db.$queryRaw<TeacherScheduleRow[]>`
        SELECT id, teacher_telegram_id AS "teacherTelegramId", weekday, local_from AS "localFrom",
          local_to AS "localTo", timezone, valid_from AS "validFrom", valid_until AS "validUntil",
          created_at AS "createdAt", updated_at AS "updatedAt"
        FROM teacher_schedules WHERE teacher_telegram_id = ANY(${teachers}::bigint[])
        ORDER BY weekday, local_from, valid_from`,
      (schedule) => schedule.teacherTelegramId,
    ),
  }
}
