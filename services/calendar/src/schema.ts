import { loadTypeDefs } from '@classgram/graphql'
import { absenceResolvers } from './absence/resolvers.ts'
import { attendanceResolvers } from './attendance/resolvers.ts'
import { auditResolvers } from './audit/resolvers.ts'
import { availabilityResolvers } from './availability/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { groupResolvers } from './group/resolvers.ts'
import { lessonResolvers } from './lesson/resolvers.ts'
import { participantResolvers } from './participant/resolvers.ts'
import { personResolvers } from './person/resolvers.ts'
import { scheduleResolvers } from './schedule/resolvers.ts'
import { seriesResolvers } from './series/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: { ...lessonResolvers.Query, ...auditResolvers.Query },
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
  AuditLog: auditResolvers.AuditLog,
  Group: groupResolvers.Group,
  User: personResolvers.User,
  Student: personResolvers.Student,
  Teacher: {
    ...personResolvers.Teacher,
    ...scheduleResolvers.Teacher,
    ...absenceResolvers.Teacher,
    ...availabilityResolvers.Teacher,
  },
}
