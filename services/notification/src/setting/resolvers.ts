import type { MutationResolvers, UserResolvers } from '../generated/graphql.ts'
import { saveNotificationSetting } from './save-notification-setting.ts'

export const settingResolvers = {
  Mutation: {
    saveNotificationSetting: (_, { input }, ctx) => saveNotificationSetting(ctx, input),
  } satisfies MutationResolvers,

  User: {
    notificationSettings: ({ telegramId }, _, { loaders }) =>
      loaders.settingsOfPerson.load(telegramId),
  } satisfies UserResolvers,
}
