import { loadTypeDefs } from '@classgram/graphql'
import { assessmentResolvers } from './assessment/resolvers.ts'
import { auditResolvers } from './audit/resolvers.ts'
import { enrollmentResolvers } from './enrollment/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { languageResolvers } from './language/resolvers.ts'
import { personResolvers } from './person/resolvers.ts'
import { rosterResolvers } from './roster/resolvers.ts'
import { studentResolvers } from './student/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: { ...studentResolvers.Query, ...auditResolvers.Query },
  Mutation: {
    ...studentResolvers.Mutation,
    ...assessmentResolvers.Mutation,
    ...rosterResolvers.Mutation,
  },
  Student: {
    ...studentResolvers.Student,
    ...languageResolvers.Student,
    ...enrollmentResolvers.Student,
    ...assessmentResolvers.Student,
  },
  GroupEnrollment: enrollmentResolvers.GroupEnrollment,
  LevelAssessment: assessmentResolvers.LevelAssessment,
  AuditLog: auditResolvers.AuditLog,
  User: personResolvers.User,
}
