import type { Relations } from '@classgram/graphql'
import { isPerson } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { NotificationRow, UserRow } from './rows.ts'

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  Notification: {
    SELF: (notification: NotificationRow, { viewer }) =>
      isPerson(viewer, notification.recipientTelegramId),
  },
  User: { SELF: ({ telegramId }: UserRow, { viewer }) => isPerson(viewer, telegramId) },
}
