import type { MutationResolvers } from '../generated/graphql.ts'
import { registerStudents } from './register-students.ts'

export const rosterResolvers = {
  Mutation: {
    registerStudents: (_, { input }, ctx) => registerStudents(ctx, input),
  } satisfies MutationResolvers,
}
