import type { Prisma } from '../generated/prisma/client.ts'

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
 * Whether anybody in the line waits for a seat and for nothing else: a seat that is free is theirs, not
 * a newcomer's. Call it behind the group's lock.
 */
export async function somebodyWaitsForSeat(
  tx: Prisma.TransactionClient,
  groupId: string,
): Promise<boolean> {
  const first = await tx.groupMember.findFirst({
    where: {
      groupId,
      status: 'WAITLISTED',
      // Others came by a link that asks for the teacher's agreement, and do not have it yet.
      OR: [
        { joinedAt: { not: null } },
        { invitationId: null },
        { invitation: { needsApproval: false } },
      ],
    },
    select: { id: true },
  })
  return first !== null
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
