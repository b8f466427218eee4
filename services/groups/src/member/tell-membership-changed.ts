import { publish } from '@classgram/events'
import { membershipChanged } from '@classgram/events/catalog'
import type { ActContext } from '../context.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'

/** Tells others how stays are now. Call it behind their groups' lock. */
export function tellMembershipChanged(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  ...members: GroupMember[]
): Promise<void> {
  const facts = members.map((member) => ({
    aggregate: { type: 'group', id: member.groupId },
    payload: member,
    person: member.studentTelegramId,
    occurredAt: ctx.clock(),
  }))
  return publish(tx, ctx, membershipChanged, ...facts)
}
