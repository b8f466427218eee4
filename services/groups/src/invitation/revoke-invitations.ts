import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** Calls back every link of a group that still stands. Call it behind the group's lock. */
export async function revokeInvitations(
  tx: Prisma.TransactionClient,
  { clock }: RequestContext,
  groupId: string,
): Promise<void> {
  await tx.groupInvitation.updateMany({
    where: { groupId, revokedAt: null },
    data: { revokedAt: clock() },
  })
}
