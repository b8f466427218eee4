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
