import { transact } from '@classgram/database'
import { forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin, isPerson } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { MarkNotificationsReadInput } from '../generated/graphql.ts'
import type { NotificationRow } from '../rows.ts'
import { notificationColumns } from './notification-sql.ts'

const mostIds = 100

const rules = z.object({ ids: z.array(z.string()).max(mostIds, `at most ${mostIds} at a time`) })

/**
 * Marks the viewer's own notifications as read, all or none. Those read before stay as they are.
 *
 * @throws FORBIDDEN when one of them is another's or does not exist, NOT_FOUND for administrators
 * when it does not exist
 */
export async function markNotificationsRead(
  ctx: RequestContext,
  input: MarkNotificationsReadInput,
): Promise<{ notifications: NotificationRow[] }> {
  const ids = [...new Set(parseInput(rules, input).ids)]
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const now = ctx.clock()
  const notifications = await transact(ctx.db, ctx, async (tx) => {
    await tx.$executeRaw`
      UPDATE notifications SET read_at = ${now}::timestamptz, updated_at = ${now}::timestamptz
      WHERE id = ANY(${ids}::uuid[]) AND recipient_telegram_id = ${viewer.telegramId}
        AND read_at IS NULL`
    const rows = await tx.$queryRaw<NotificationRow[]>`
      SELECT ${notificationColumns} FROM notifications WHERE id = ANY(${ids}::uuid[])`
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => {
      const row = byId.get(id)
      if (row && isPerson(viewer, row.recipientTelegramId)) return row
      if (!row && isAdmin(viewer)) throw notFound('notification', id)
      throw forbidden('Only the recipient marks a notification as read.')
    })
  })
  return { notifications }
}
