import { transact } from '@classgram/database'
import { badUserInput } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RescheduleNotificationInput } from '../generated/graphql.ts'
import type { NotificationRow } from '../rows.ts'
import { changeScheduled } from './change-scheduled.ts'
import { instant } from './rules.ts'

const rules = z.object({ scheduledAt: instant })

/**
 * Moves a notification that is still scheduled to another time.
 *
 * @throws NOT_FOUND, BAD_USER_INPUT, or CONFLICT `NOT_SCHEDULED` with the status it has by now
 */
export async function rescheduleNotification(
  ctx: RequestContext,
  input: RescheduleNotificationInput,
): Promise<{ notification: NotificationRow }> {
  const { scheduledAt } = parseInput(rules, input)
  const notification = await transact(
    ctx.db,
    ctx,
    (tx) => changeScheduled(tx, input.id, { scheduledAt }),
    {
      notifications_expire_later: () =>
        badUserInput('input.scheduledAt', 'input.scheduledAt: must be before it expires'),
    },
  )
  return { notification }
}
