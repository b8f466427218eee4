import { loadTypeDefs } from '@classgram/graphql'
import { auditResolvers } from './audit/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { logResolvers } from './log/resolvers.ts'
import { notificationResolvers } from './notification/resolvers.ts'
import { personResolvers } from './person/resolvers.ts'
import { settingResolvers } from './setting/resolvers.ts'
import { templateResolvers } from './template/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: { ...notificationResolvers.Query, ...templateResolvers.Query, ...auditResolvers.Query },
  Mutation: {
    ...notificationResolvers.Mutation,
    ...settingResolvers.Mutation,
    ...templateResolvers.Mutation,
  },
  Notification: { ...notificationResolvers.Notification, ...logResolvers.Notification },
  AuditLog: auditResolvers.AuditLog,
  User: { ...personResolvers.User, ...notificationResolvers.User, ...settingResolvers.User },
}
