import { loadTypeDefs } from '@classgram/graphql'
import { auditResolvers } from './audit/resolvers.ts'
import type { Resolvers } from './generated/graphql.ts'
import { groupResolvers } from './group/resolvers.ts'
import { invitationResolvers } from './invitation/resolvers.ts'
import { lessonResolvers } from './lesson/resolvers.ts'
import { memberResolvers } from './member/resolvers.ts'
import { personResolvers } from './person/resolvers.ts'
import { progressResolvers } from './progress/resolvers.ts'
import { rosterResolvers } from './roster/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: { ...groupResolvers.Query, ...auditResolvers.Query },
  Mutation: {
    ...groupResolvers.Mutation,
    ...memberResolvers.Mutation,
    ...invitationResolvers.Mutation,
    ...progressResolvers.Mutation,
    ...rosterResolvers.Mutation,
  },
  Group: {
    ...groupResolvers.Group,
    ...memberResolvers.Group,
    ...invitationResolvers.Group,
    ...lessonResolvers.Group,
    ...progressResolvers.Group,
  },
  GroupMember: memberResolvers.GroupMember,
  GroupInvitation: invitationResolvers.GroupInvitation,
  GroupProgress: progressResolvers.GroupProgress,
  RosterLine: rosterResolvers.RosterLine,
  AuditLog: auditResolvers.AuditLog,
  User: personResolvers.User,
  Teacher: personResolvers.Teacher,
  Student: {
    ...personResolvers.Student,
    ...memberResolvers.Student,
    ...progressResolvers.Student,
  },
}
