import type { StudentResolvers } from '../generated/graphql.ts'

export const languageResolvers = {
  Student: {
    languages: async ({ telegramId }, _, { loaders }) =>
      (await loaders.studentByTelegramId.load(telegramId))?.languages ?? null,
  } satisfies StudentResolvers,
}
