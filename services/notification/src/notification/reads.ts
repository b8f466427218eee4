import { forbidden, unauthenticated } from '@classgram/errors'
import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import { isPerson, isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { NotificationRow } from '../rows.ts'

/**
 * @returns null when there is no such notification: told to administrators and sister services only
 * @throws FORBIDDEN for everybody else, whether it is another's or nobody's
 */
export async function readNotification(
  ctx: RequestContext,
  id: string,
): Promise<NotificationRow | null> {
  const { viewer, loaders } = ctx
  if (viewer.kind === 'anonymous') throw unauthenticated()
  const notification = await loaders.notificationById.load(id)
  const mayRead =
    isStaffOrProgram(viewer) || (notification && isPerson(viewer, notification.recipientTelegramId))
  if (!mayRead) throw forbidden('Only its recipient and administrators may see a notification.')
  return notification ?? null
}

export async function readNotificationsOfPerson(
  { loaders }: RequestContext,
  telegramId: bigint,
  { unreadOnly, ...args }: PageArgs & { unreadOnly?: boolean | null },
) {
  const page = parsePage(args)
  const loader = loaders.notificationPage({ page, unreadOnly: unreadOnly ?? false })
  return toConnection(await loader.load(telegramId), page)
}
