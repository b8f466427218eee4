import { parsePage, toConnection } from '@classgram/graphql'
import type { NotificationResolvers } from '../generated/graphql.ts'

export const logResolvers = {
  Notification: {
    async logs(notification, args, { loaders }) {
      const page = parsePage(args)
      return toConnection(await loaders.logPage(page).load(notification.id), page)
    },
  } satisfies NotificationResolvers,
}
