import type { UserResolvers } from '../generated/graphql.ts'

export const personResolvers = {
  User: {
    student: async ({ telegramId }, _, { loaders }) =>
      (await loaders.studentByTelegramId.load(telegramId)) ?? null,
  } satisfies UserResolvers,
}
