import type { ActContext } from '../context.ts'
import type { GroupMember, MemberStatus, Prisma } from '../generated/prisma/client.ts'
import { offerFreeSeats, offerNewSeats } from './seat-offers.ts'
import { hasSeat } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { closeUpWaitingList, waitsNoMore } from './waiting-list.ts'

export type EndStatus = 'COMPLETED' | 'LEFT' | 'REMOVED'

/** Ends an open stay, and tells others. Call it behind the group's lock. */
export async function endStay(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  stay: GroupMember,
  status: EndStatus,
): Promise<GroupMember> {
  const ended = await vacate(tx, ctx, stay, status)
  await tellMembershipChanged(tx, ctx, ended)
  return ended
}

/**
 * Ends an open stay without a word about it: who waited behind it moves up, and a seat that it held is
 * offered to the next. Call it behind the group's lock.
 */
export async function vacate(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  { id, groupId, waitingPosition: place, status: before }: GroupMember,
  status: EndStatus,
): Promise<GroupMember> {
  const ended = await tx.groupMember.update({ where: { id }, data: endedAs(ctx, status) })
  if (place !== null) await closeUpWaitingList(tx, ctx, groupId)
  if (hasSeat(before)) await offerNewSeats(tx, ctx, groupId)
  else await offerFreeSeats(tx, ctx, groupId)
  return ended
}

/**
 * Ends every open stay in a group: who has a seat is then as given, everybody else removed. Call it
 * behind the group's lock.
 */
export async function endStays(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
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

function endedAs({ clock }: ActContext, status: MemberStatus) {
  return { ...waitsNoMore, status, leftAt: clock(), version: { increment: 1 } } as const
}
