import { loadTypeDefs } from '@classgram/graphql'
import type { Resolvers } from './generated/graphql.ts'
import { personResolvers } from './person/resolvers.ts'
import { teacherResolvers } from './teacher/resolvers.ts'

export const typeDefs = loadTypeDefs(import.meta.dirname)

export const resolvers: Resolvers = {
  Query: teacherResolvers.Query,
  Mutation: teacherResolvers.Mutation,
  Teacher: teacherResolvers.Teacher,
  User: personResolvers.User,
}
