import type { ActContext } from '../context.ts'
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
 * Moves everybody forward who waits behind a place that was given up, however many were. Call it behind
 * the group's lock.
 */
export async function closeUpWaitingList(
  tx: Prisma.TransactionClient,
  { clock }: ActContext,
  groupId: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE group_members m
    SET waiting_position = line.place, version = version + 1, updated_at = ${clock()}::timestamptz
    FROM (
      SELECT id, row_number() OVER (ORDER BY waiting_position) AS place FROM group_members
      WHERE group_id = ${groupId}::uuid AND status = 'WAITLISTED'
    ) line WHERE m.id = line.id AND m.waiting_position <> line.place`
}
