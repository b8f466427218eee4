import type {
  ErasureReceiptResolvers,
  MutationResolvers,
  QueryResolvers,
  UserResolvers,
} from '../generated/graphql.ts'
import { erasePerson } from './erase-person.ts'
import { exportMyData } from './export-my-data.ts'

export const privacyResolvers = {
  Query: {
    exportMyData: (_, { telegramId }, ctx) => exportMyData(ctx, telegramId),
    erasure: async (_, { telegramId }, { loaders }) =>
      (await loaders.erasureByTelegramId.load(telegramId)) ?? null,
  } satisfies QueryResolvers,

  Mutation: {
    erasePerson: (_, { input }, ctx) => erasePerson(ctx, input),
  } satisfies MutationResolvers,

  User: {
    erasure: async ({ telegramId }, _, { loaders }) =>
      (await loaders.erasureByTelegramId.load(telegramId)) ?? null,
  } satisfies UserResolvers,

  ErasureReceipt: {
    status: ({ completedAt }) => (completedAt ? 'DONE' : 'PENDING'),
  } satisfies ErasureReceiptResolvers,
}
