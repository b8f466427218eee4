import { loadTypeDefs } from '@classgram/graphql'
import { absenceResolvers } from './absence/resolvers.ts'
import { attendanceResolvers } from './attendance/resolvers.ts'
import { availabilityResolvers } from './availability/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { lessonResolvers } from './lesson/resolvers.ts'
import { participantResolvers } from './participant/resolvers.ts'
import { scheduleResolvers } from './schedule/resolvers.ts'
import { seriesResolvers } from './series/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: lessonResolvers.Query,
  Mutation: {
    ...lessonResolvers.Mutation,
    ...participantResolvers.Mutation,
    ...attendanceResolvers.Mutation,
    ...scheduleResolvers.Mutation,
    ...absenceResolvers.Mutation,
  },
  Lesson: lessonResolvers.Lesson,
  LessonParticipant: participantResolvers.LessonParticipant,
  LessonAttendance: attendanceResolvers.LessonAttendance,
  LessonSeries: seriesResolvers.LessonSeries,
  Group: lessonResolvers.Group,
  User: lessonResolvers.User,
  Student: lessonResolvers.Student,
  Teacher: {
    ...lessonResolvers.Teacher,
    ...scheduleResolvers.Teacher,
    ...absenceResolvers.Teacher,
    ...availabilityResolvers.Teacher,
  },
}
