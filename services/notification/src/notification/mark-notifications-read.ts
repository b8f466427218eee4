import { transact } from '@classgram/database'
import { forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { MarkNotificationsReadInput } from '../generated/graphql.ts'
import type { NotificationRow } from '../rows.ts'

const mostIds = 100

const rules = z.object({ ids: z.array(z.string()).max(mostIds, `at most ${mostIds} at a time`) })

/**
 * Marks the viewer's own notifications as read, all or none. Those read before stay as they are.
 *
 * @throws FORBIDDEN when one of them is another's or does not exist
 */
export async function markNotificationsRead(
  ctx: RequestContext,
  input: MarkNotificationsReadInput,
): Promise<{ notifications: NotificationRow[] }> {
  const ids = [...new Set(parseInput(rules, input).ids)]
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const own = { id: { in: ids }, recipientTelegramId: viewer.telegramId }
  const notifications = await transact(ctx.db, ctx, async (tx) => {
    await tx.notification.updateMany({
      where: { ...own, readAt: null },
      data: { readAt: ctx.clock() },
    })
    const rows = await tx.notification.findMany({ where: own })
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => {
      const row = byId.get(id)
      if (!row) throw forbidden('Only the recipient marks a notification as read.')
      return row
    })
  })
  return { notifications }
}
