import { transact, violatedConstraint } from '@classgram/database'
import { badUserInput, conflict, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateNotificationInput } from '../generated/graphql.ts'
import type { NotificationRow } from '../rows.ts'
import { instant } from './rules.ts'

const rules = z.object({
  scheduledAt: instant,
  status: z.literal('CANCELLED', 'must be CANCELLED').nullish(),
})

/**
 * Moves or cancels a notification that is still scheduled.
 *
 * @throws NOT_FOUND, BAD_USER_INPUT, or CONFLICT `NOT_SCHEDULED` with the status it has by now
 */
export async function updateNotification(
  ctx: RequestContext,
  input: UpdateNotificationInput,
): Promise<{ notification: NotificationRow }> {
  const { scheduledAt, status } = parseInput(rules, input)
  const { id } = input
  const notification = await transact(ctx.db, ctx, async (tx) => {
    // The condition is part of the update: a sender that took the notification meanwhile wins.
    const [changed] = await tx.notification.updateManyAndReturn({
      where: { id, status: 'SCHEDULED' },
      data: { scheduledAt: scheduledAt ?? undefined, status: status ?? undefined },
    })
    if (changed) return changed
    const found = await tx.notification.findUnique({ where: { id }, select: { status: true } })
    if (!found) throw notFound('notification', id)
    throw conflict('NOT_SCHEDULED', 'The notification is not scheduled any more.', found)
  }).catch((error: unknown) => {
    if (violatedConstraint(error) === 'notifications_expire_later') {
      throw badUserInput('input.scheduledAt', 'input.scheduledAt: must be before it expires')
    }
    throw error
  })
  return { notification }
}
