import { conflict } from '@classgram/errors'
import {
  type Group,
  type GroupMember,
  type MemberStatus,
  Prisma,
  type PrismaClient,
} from '../generated/prisma/client.ts'
import type { LockedGroup } from '../group/lock-group.ts'

type HasSeats = Pick<Group, 'status' | 'capacity'>

/** Of a stay `m`: whether it takes a seat. Who is paused keeps theirs, and one that is offered is kept. */
const takesSeat = Prisma.sql`
  (m.status IN ('ACTIVE', 'PAUSED') OR m.offer_expires_at IS NOT NULL)`

/** Of a stay `w`: whether it is to be offered the next seat, when its turn comes. */
export const waitsForSeat = Prisma.sql`
  (w.status = 'WAITLISTED' AND NOT w.awaits_approval
    AND w.passed_at IS NULL AND w.offer_expires_at IS NULL)`

/** Of a group `g`: how many of its seats are free. */
export const freeSeats = Prisma.sql`
  (g.capacity - (SELECT count(*) FROM group_members m WHERE m.group_id = g.id AND ${takesSeat}))`

/** Whether a member in this state has a seat. */
export function hasSeat(status: MemberStatus): boolean {
  return status === 'ACTIVE' || status === 'PAUSED'
}

/** What `takesSeat` says, of a stay that has been read. */
export function occupiesSeat({ status, offerExpiresAt }: GroupMember): boolean {
  return hasSeat(status) || offerExpiresAt !== null
}

/**
 * How many seats are not free, by group: members hold them, or they are offered. Groups where all are free
 * are left out. It holds for as long as the groups are locked.
 */
export async function countSeatsTaken(
  db: Pick<PrismaClient, '$queryRaw'>,
  groupIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = await db.$queryRaw<{ groupId: string; taken: number }[]>`
    SELECT m.group_id AS "groupId", count(*)::int AS taken FROM group_members m
    WHERE m.group_id = ANY(${groupIds}::uuid[]) AND ${takesSeat} GROUP BY m.group_id`
  return new Map(counts.map(({ groupId, taken }) => [groupId, taken]))
}

/** Whether a change of a group brings seats that were there for nobody before. */
export function bringsSeats(before: HasSeats, after: HasSeats): boolean {
  const isOpened = before.status === 'DRAFT' && after.status !== 'DRAFT'
  return isOpened || after.capacity > before.capacity
}

/** @throws CONFLICT `GROUP_FULL` */
export function assertSeatFree(group: LockedGroup): void {
  if (!hasSeatFree(group)) throw groupFull({ capacity: group.capacity })
}

/**
 * For a stay that begins. Who is in already is told so first: a seat more would not help.
 *
 * @throws CONFLICT `ALREADY_MEMBER`, `GROUP_FULL`
 */
export async function assertSeatFreeFor(
  tx: Prisma.TransactionClient,
  studentTelegramId: bigint,
  group: LockedGroup,
): Promise<void> {
  if (hasSeatFree(group)) return
  const where = { groupId: group.id, studentTelegramId, leftAt: null }
  if (await tx.groupMember.findFirst({ where, select: { id: true } })) throw alreadyMember()
  assertSeatFree(group)
}

/** Holds for as long as the group is locked. */
export function hasSeatFree({ seatsTaken, capacity }: LockedGroup): boolean {
  return seatsTaken < capacity
}

/** What the database says should a seat be given twice all the same. */
export const seatRefusals = { group_members_within_capacity: () => groupFull() }

/** What it says should a stay not begin. */
export const newStayRefusals = { ...seatRefusals, group_members_one_open_stay: alreadyMember }

function alreadyMember() {
  return conflict('ALREADY_MEMBER', 'The student has an open stay in the group already.')
}

function groupFull(details?: { capacity: number }) {
  return conflict('GROUP_FULL', 'No seat is free.', details)
}
