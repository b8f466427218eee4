import type { RequestContext } from '../context.ts'
import type { GroupMember, MemberStatus, Prisma } from '../generated/prisma/client.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { closeUpWaitingList } from './waiting-list.ts'

/** Ends an open stay; who waited behind it moves up. Call it behind the group's lock. */
export async function endStay(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { id, groupId, waitingPosition: place }: GroupMember,
  status: 'LEFT' | 'REMOVED',
): Promise<GroupMember> {
  const ended = await tx.groupMember.update({ where: { id }, data: endedAs(ctx, status) })
  await tellMembershipChanged(tx, ctx, ended)
  if (place !== null) await closeUpWaitingList(tx, groupId, place)
  return ended
}

/**
 * Ends every open stay in a group: who has a seat is then as given, everybody else removed. Call it
 * behind the group's lock.
 */
export async function endStays(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  groupId: string,
  seated: 'COMPLETED' | 'REMOVED',
): Promise<void> {
  const end = (from: MemberStatus[], status: MemberStatus) =>
    tx.groupMember.updateManyAndReturn({
      where: { groupId, status: { in: from } },
      data: endedAs(ctx, status),
    })
  const members = await end(['ACTIVE', 'PAUSED'], seated)
  const others = await end(['INVITED', 'WAITLISTED'], 'REMOVED')
  await tellMembershipChanged(tx, ctx, ...members, ...others)
}

function endedAs({ clock }: RequestContext, status: MemberStatus) {
  return { status, leftAt: clock(), waitingPosition: null, version: { increment: 1 } }
}
