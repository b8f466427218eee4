import type { Prisma } from '../generated/prisma/client.ts'

/** What a stay has not, unless its student waits. */
export const waitsNoMore = {
  waitingPosition: null,
  awaitsApproval: false,
  offeredAt: null,
  offerExpiresAt: null,
  passedAt: null,
} as const

/** The first free place at the end of the group's waiting list. Call it behind the group's lock. */
export async function endOfWaitingList(
  tx: Prisma.TransactionClient,
  groupId: string,
): Promise<number> {
  const { _max } = await tx.groupMember.aggregate({
    where: { groupId, status: 'WAITLISTED' },
    _max: { waitingPosition: true },
  })
  return (_max.waitingPosition ?? 0) + 1
}

/**
 * Moves everybody behind a place that was given up one place forward. Call it behind the group's
 * lock, once nobody holds the place.
 */
export async function closeUpWaitingList(
  tx: Prisma.TransactionClient,
  groupId: string,
  place: number,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE group_members
    SET waiting_position = waiting_position - 1, version = version + 1, updated_at = now()
    WHERE group_id = ${groupId}::uuid AND waiting_position > ${place}`
}
