import { forgetTraces, inPortions, transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'

/**
 * Removes what a person was told or is to be told, how they want to be told, and where. Notifications
 * go in portions, each in a transaction of its own: years of them would outlast one.
 *
 * @returns how many rows went, by table
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<Record<string, number>> {
  const removed = { notification_logs: 0, notifications: 0 }
  await inPortions(async (most) => {
    const [logs, notifications] = await removeNotifications(ctx, telegramId, most)
    removed.notification_logs += logs
    removed.notifications += notifications
    return notifications
  })
  return transact(ctx.db, ctx, async (tx) => {
    const settings = await tx.userNotificationSetting.deleteMany({
      where: { userTelegramId: telegramId },
    })
    const chats = await tx.telegramChat.deleteMany({ where: { telegramId } })
    return {
      ...removed,
      user_notification_settings: settings.count,
      telegram_chats: chats.count,
      ...(await forgetTraces(tx, telegramId)),
    }
  })
}

/** Removes notifications, as many as `most`, and their logs. */
function removeNotifications(
  ctx: RequestContext,
  recipientTelegramId: bigint,
  most: number,
): Promise<[logs: number, notifications: number]> {
  return transact(ctx.db, ctx, async (tx) => {
    const found = await tx.notification.findMany({
      where: { recipientTelegramId },
      select: { id: true },
      take: most,
    })
    const ids = found.map(({ id }) => id)
    const logs = await tx.notificationLog.deleteMany({ where: { notificationId: { in: ids } } })
    const notifications = await tx.notification.deleteMany({ where: { id: { in: ids } } })
    return [logs.count, notifications.count]
  })
}
