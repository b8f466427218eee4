import { loadTypeDefs } from '@classgram/graphql'
import { auditResolvers } from './audit/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { personResolvers } from './person/resolvers.ts'
import { teacherResolvers } from './teacher/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: { ...teacherResolvers.Query, ...auditResolvers.Query },
  Mutation: teacherResolvers.Mutation,
  Teacher: teacherResolvers.Teacher,
  AuditLog: auditResolvers.AuditLog,
  User: personResolvers.User,
}
