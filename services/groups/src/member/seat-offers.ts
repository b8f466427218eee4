import type { ActContext } from '../context.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'
import { countSeatsTaken } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { closeUpWaitingList, endOfWaitingList } from './waiting-list.ts'

const hourMs = 3_600_000

/**
 * Offers every seat that is free to who is next in line, so that where somebody waits for a seat, none is
 * free for anybody else. Call it behind the group's lock, after whatever may have freed a seat or let
 * somebody wait for one.
 */
export async function offerFreeSeats(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
): Promise<void> {
  const { capacity, status } = await tx.group.findUniqueOrThrow({ where: { id: groupId } })
  if (status !== 'OPEN' && status !== 'RUNNING') return
  const free = capacity - (await countSeatsTaken(tx, groupId))
  if (free <= 0) return
  const next = await tx.groupMember.findMany({
    where: {
      groupId,
      status: 'WAITLISTED',
      awaitsApproval: false,
      passedAt: null,
      offerExpiresAt: null,
    },
    orderBy: { waitingPosition: 'asc' },
    take: free,
    select: { id: true },
  })
  if (next.length === 0) return
  const offeredAt = ctx.clock()
  const offered = await tx.groupMember.updateManyAndReturn({
    where: { id: { in: next.map(({ id }) => id) } },
    data: {
      offeredAt,
      offerExpiresAt: new Date(offeredAt.getTime() + ctx.seatOfferHours * hourMs),
      version: { increment: 1 },
    },
  })
  await tellMembershipChanged(tx, ctx, ...offered)
}

/**
 * As `offerFreeSeats`, when a seat came free: it is news to those, too, who let an earlier one pass.
 *
 * @param notTo the stay that held the seat, if it waits now
 */
export async function offerNewSeats(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
  notTo?: string,
): Promise<void> {
  await tx.groupMember.updateMany({
    where: { groupId, passedAt: { not: null }, id: { not: notTo } },
    data: { passedAt: null },
  })
  await offerFreeSeats(tx, ctx, groupId)
}

/**
 * Lets an offer pass: the student goes to the end of the line, and is asked again when another seat comes
 * free. Call it behind the group's lock, and offer the seat to the next.
 */
export async function passOn(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  { id, groupId, waitingPosition }: GroupMember,
): Promise<void> {
  await tx.groupMember.update({
    where: { id },
    data: {
      offeredAt: null,
      offerExpiresAt: null,
      passedAt: ctx.clock(),
      waitingPosition: await endOfWaitingList(tx, groupId),
      version: { increment: 1 },
    },
  })
  if (waitingPosition !== null) await closeUpWaitingList(tx, groupId, waitingPosition)
  // Read again: closing up has moved this one, too.
  await tellMembershipChanged(tx, ctx, await tx.groupMember.findUniqueOrThrow({ where: { id } }))
}

/**
 * Lets every offer pass whose time is over, and offers the seats to the next. Call it behind the group's
 * lock.
 */
export async function lapseOffers(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
): Promise<void> {
  const lapsed = await tx.groupMember.findMany({
    where: { groupId, offerExpiresAt: { lte: ctx.clock() } },
    orderBy: { waitingPosition: 'asc' },
    select: { id: true },
  })
  for (const { id } of lapsed) {
    // Read one by one: whoever lapses moves the others up.
    await passOn(tx, ctx, await tx.groupMember.findUniqueOrThrow({ where: { id } }))
  }
  await offerFreeSeats(tx, ctx, groupId)
}
