import { publish } from '@classgram/events'
import { groupChanged } from '@classgram/events/catalog'
import type { RequestContext } from '../context.ts'
import type { Group, Prisma } from '../generated/prisma/client.ts'

/** Tells others how a group is now. Call it behind the group's lock, or with a group just made. */
export function tellGroupChanged(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  group: Group,
): Promise<void> {
  return publish(tx, ctx, groupChanged, {
    aggregate: { type: 'group', id: group.id },
    payload: group,
    occurredAt: ctx.clock(),
  })
}
