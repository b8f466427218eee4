import type { Relations } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { NotificationRow, UserRow } from './rows.ts'

export function isPerson(viewer: Viewer, telegramId: bigint): boolean {
  return viewer.kind === 'person' && viewer.telegramId === telegramId
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'ADMIN'
}

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  Notification: {
    SELF: (notification: NotificationRow, { viewer }) =>
      isPerson(viewer, notification.recipientTelegramId),
  },
  User: { SELF: ({ telegramId }: UserRow, { viewer }) => isPerson(viewer, telegramId) },
}
