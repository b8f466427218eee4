import { conflict, notFound } from '@classgram/errors'
import type { Prisma } from '../generated/prisma/client.ts'
import type { NotificationRow } from '../rows.ts'

/**
 * Changes a notification that is still scheduled.
 *
 * @throws NOT_FOUND, or CONFLICT `NOT_SCHEDULED` with the status it has by now
 */
export async function changeScheduled(
  tx: Prisma.TransactionClient,
  id: string,
  data: Prisma.NotificationUpdateManyMutationInput,
): Promise<NotificationRow> {
  // The condition is part of the update: a sender that took the notification meanwhile wins.
  const [changed] = await tx.notification.updateManyAndReturn({
    where: { id, status: 'SCHEDULED' },
    data,
  })
  if (changed) return changed
  const found = await tx.notification.findUnique({ where: { id }, select: { status: true } })
  if (!found) throw notFound('notification', id)
  throw conflict('NOT_SCHEDULED', 'The notification is not scheduled any more.', found)
}
