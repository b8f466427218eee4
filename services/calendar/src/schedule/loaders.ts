import { createListLoader } from '@classgram/graphql'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { TeacherScheduleRow } from '../rows.ts'

export function createScheduleLoaders(db: PrismaClient) {
  return {
    schedulesOfTeacher: createListLoader<bigint, TeacherScheduleRow>(
      (teachers) =>
        db.teacherSchedule.findMany({
          where: { teacherTelegramId: { in: [...teachers] } },
          orderBy: [{ weekday: 'asc' }, { localFrom: 'asc' }, { validFrom: 'asc' }],
        }),
      (schedule) => schedule.teacherTelegramId,
    ),
  }
}
