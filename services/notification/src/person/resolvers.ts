import type { UserResolvers } from '../generated/graphql.ts'

export const personResolvers = {
  User: {
    telegramReachability: async ({ telegramId }, _, { loaders }) =>
      (await loaders.chatOfPerson.load(telegramId))?.reachability ?? 'NEVER_STARTED',
  } satisfies UserResolvers,
}
