import { transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'
import type { CancelNotificationInput } from '../generated/graphql.ts'
import type { NotificationRow } from '../rows.ts'
import { changeScheduled } from './change-scheduled.ts'

/**
 * Calls off a notification that is still scheduled.
 *
 * @throws NOT_FOUND, or CONFLICT `NOT_SCHEDULED` with the status it has by now
 */
export async function cancelNotification(
  ctx: RequestContext,
  { id }: CancelNotificationInput,
): Promise<{ notification: NotificationRow }> {
  const notification = await transact(ctx.db, ctx, (tx) =>
    changeScheduled(tx, id, { status: 'CANCELLED' }),
  )
  return { notification }
}
