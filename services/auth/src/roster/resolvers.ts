import type { MutationResolvers } from '../generated/graphql.ts'
import { exportPeople } from './export-people.ts'
import { registerPeople } from './register-people.ts'

export const rosterResolvers = {
  Mutation: {
    registerPeople: (_, { input }, ctx) => registerPeople(ctx, input),
    exportPeople: (_, { input }, ctx) => exportPeople(ctx, input),
  } satisfies MutationResolvers,
}
