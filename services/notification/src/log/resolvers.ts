import { parsePage, toConnection } from '@classgram/graphql'
import type { NotificationResolvers } from '../generated/graphql.ts'

export const logResolvers = {
  Notification: {
    async logs(notification, args, { loaders }) {
      const page = parsePage(args)
      const logs = await loaders.logPage(page).load(notification.id)
      return toConnection(logs, page, (log) => ({ sort: log.createdAt, id: log.id }))
    },
  } satisfies NotificationResolvers,
}
