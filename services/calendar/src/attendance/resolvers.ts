import type { LessonAttendanceResolvers, MutationResolvers } from '../generated/graphql.ts'
import { markAttendance } from './mark-attendance.ts'

export const attendanceResolvers = {
  Mutation: {
    markAttendance: (_, { input }, ctx) => markAttendance(ctx, input),
  } satisfies MutationResolvers,

  LessonAttendance: {
    markedBy: (mark) => ({ telegramId: mark.markedByTelegramId }),
  } satisfies LessonAttendanceResolvers,
}
