import type { ActContext } from '../context.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'
import { memberColumns } from './loaders.ts'
import { freeSeats, waitsForSeat } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { closeUpWaitingList } from './waiting-list.ts'

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
  const next = await nextInLine(tx, groupId)
  if (next.length === 0) return
  const offeredAt = ctx.clock()
  const offered = await tx.groupMember.updateManyAndReturn({
    where: { id: { in: next } },
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
 * @param notTo stays that held the seats and wait now
 */
export async function offerNewSeats(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
  notTo: string[] = [],
): Promise<void> {
  await tx.groupMember.updateMany({
    where: { groupId, passedAt: { not: null }, id: { notIn: notTo } },
    data: { offeredAt: null, passedAt: null },
  })
  await offerFreeSeats(tx, ctx, groupId)
}

/**
 * Lets offers pass: the students go to the end of the line, in their order, and are asked again when another
 * seat comes free. Costs as many statements for one as for many. Call it behind the group's lock, and offer
 * the seats to the next.
 */
export async function passOn(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  const now = ctx.clock()
  // Behind everybody else first, then the line closes up.
  await tx.$executeRaw`
    UPDATE group_members m SET
      offer_expires_at = NULL, passed_at = ${now}::timestamptz,
      waiting_position = m.waiting_position + line.length,
      version = version + 1, updated_at = ${now}::timestamptz
    FROM (
      SELECT max(waiting_position) AS length FROM group_members WHERE group_id = ${groupId}::uuid
    ) line WHERE m.id = ANY(${ids}::uuid[])`
  await closeUpWaitingList(tx, ctx, groupId)
  const passed = await tx.$queryRaw<GroupMember[]>`
    SELECT ${memberColumns} FROM group_members WHERE id = ANY(${ids}::uuid[])
    ORDER BY waiting_position`
  await tellMembershipChanged(tx, ctx, ...passed)
}

/**
 * Takes offers back that a smaller group has no seats for, the last in line first: who loses one keeps the
 * place, and is offered the next seat like any other who waits. Call it behind the group's lock, before the
 * group gets smaller.
 *
 * @param count at most so many
 * @param notFrom stays that take the seat which is offered to them
 * @returns how many were taken back
 */
export async function takeBackOffers(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
  count: number,
  notFrom: readonly string[] = [],
): Promise<number> {
  if (count <= 0) return 0
  const waiting = await tx.$queryRaw<GroupMember[]>`
    UPDATE group_members SET
      offered_at = NULL, offer_expires_at = NULL, version = version + 1,
      updated_at = ${ctx.clock()}::timestamptz
    WHERE id IN (
      SELECT id FROM group_members
      WHERE group_id = ${groupId}::uuid AND offer_expires_at IS NOT NULL
        AND id <> ALL(${notFrom}::uuid[])
      ORDER BY waiting_position DESC LIMIT ${count}
    )
    RETURNING ${memberColumns}`
  await tellMembershipChanged(tx, ctx, ...waiting)
  return waiting.length
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
    select: { id: true },
  })
  const ids = lapsed.map(({ id }) => id)
  await passOn(tx, ctx, groupId, ids)
  await offerFreeSeats(tx, ctx, groupId)
}

/** The first in line, as many as seats are free. */
async function nextInLine(tx: Prisma.TransactionClient, groupId: string): Promise<string[]> {
  const next = await tx.$queryRaw<{ id: string }[]>`
    SELECT w.id FROM groups g JOIN group_members w ON w.group_id = g.id
    WHERE g.id = ${groupId}::uuid AND g.status IN ('OPEN', 'RUNNING') AND ${waitsForSeat}
    ORDER BY w.waiting_position
    LIMIT (SELECT greatest(${freeSeats}, 0) FROM groups g WHERE g.id = ${groupId}::uuid)`
  return next.map(({ id }) => id)
}
