import type { MutationResolvers, RosterLineResolvers } from '../generated/graphql.ts'
import { readGroup } from '../group/reads.ts'
import { exportRoster } from './export-roster.ts'
import { importRoster } from './import-roster.ts'

export const rosterResolvers = {
  Mutation: {
    importRoster: (_, { input }, ctx) => importRoster(ctx, input),
    exportRoster: (_, { input }, ctx) => exportRoster(ctx, input),
  } satisfies MutationResolvers,

  RosterLine: {
    group: ({ groupId }, _, ctx) => (groupId === null ? null : readGroup(ctx, groupId)),
  } satisfies RosterLineResolvers,
}
