import { forgetTraces, transact } from '@classgram/database'
import type { ErasedData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'

/** Notifications to remove at a time: years of them would take longer than whoever asks waits. */
const most = 1_000

/**
 * Removes what a person was told or is to be told, how they want to be told, and where; as long as
 * there are many notifications, some of those.
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<ErasedData> {
  return transact(ctx.db, ctx, async (tx) => {
    const found = await tx.notification.findMany({
      where: { recipientTelegramId: telegramId },
      select: { id: true },
      take: most,
    })
    const ids = found.map(({ id }) => id)
    const logs = await tx.notificationLog.deleteMany({ where: { notificationId: { in: ids } } })
    const notifications = await tx.notification.deleteMany({ where: { id: { in: ids } } })
    const removed = { notification_logs: logs.count, notifications: notifications.count }
    // Not by the count: somebody else may have been removing the same.
    if (found.length === most) return { rows: removed, isDone: false }
    const settings = await tx.userNotificationSetting.deleteMany({
      where: { userTelegramId: telegramId },
    })
    const chats = await tx.telegramChat.deleteMany({ where: { telegramId } })
    const rows = {
      ...removed,
      user_notification_settings: settings.count,
      telegram_chats: chats.count,
      ...(await forgetTraces(tx, telegramId)),
    }
    return { rows, isDone: true }
  })
}
