import { conflict } from '@classgram/errors'
import { type MemberStatus, Prisma } from '../generated/prisma/client.ts'
import type { LockedGroup } from '../group/lock-group.ts'

/** Of a stay `m`: whether it takes a seat. Who is paused keeps theirs, and one that is offered is kept. */
export const takesSeat = Prisma.sql`
  (m.status IN ('ACTIVE', 'PAUSED') OR m.offer_expires_at IS NOT NULL)`

/** Whether a member in this state has a seat. */
export function hasSeat(status: MemberStatus): boolean {
  return status === 'ACTIVE' || status === 'PAUSED'
}

/** How many seats of a group are not free. It holds for as long as the group is locked. */
export async function countSeatsTaken(
  tx: Prisma.TransactionClient,
  groupId: string,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ taken: number }[]>`
    SELECT count(*)::int AS taken FROM group_members m
    WHERE m.group_id = ${groupId}::uuid AND ${takesSeat}`
  return row?.taken ?? 0
}

/** @throws CONFLICT `GROUP_FULL` */
export function assertSeatFree(group: LockedGroup): void {
  if (!hasSeatFree(group)) throw groupFull({ capacity: group.capacity })
}

/** Holds for as long as the group is locked. */
export function hasSeatFree({ seatsTaken, capacity }: LockedGroup): boolean {
  return seatsTaken < capacity
}

/** What the database says should a seat be given twice all the same. */
export const seatRefusals = { group_members_within_capacity: () => groupFull() }

function groupFull(details?: { capacity: number }) {
  return conflict('GROUP_FULL', 'No seat is free.', details)
}
