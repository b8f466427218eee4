import { conflict, forbidden } from '@classgram/errors'
import { isAdmin } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { GroupStatus, Prisma } from '../generated/prisma/client.ts'
import { revokeInvitations } from '../invitation/revoke-invitations.ts'
import { endStays } from '../member/end-stays.ts'

/** What may follow on each state. */
const steps: Record<GroupStatus, readonly GroupStatus[]> = {
  DRAFT: ['OPEN', 'ARCHIVED'],
  OPEN: ['DRAFT', 'RUNNING', 'ARCHIVED'],
  RUNNING: ['FINISHED'],
  FINISHED: ['RUNNING', 'ARCHIVED'],
  ARCHIVED: [],
}

/**
 * Makes sure that a group may go from one state to another, and does in it what belongs to the step:
 * of a group that is over, stays end and links hold no longer. Call it behind the group's lock.
 *
 * @throws FORBIDDEN when it takes an administrator; CONFLICT: `STEP_NOT_ALLOWED`, `GROUP_NOT_EMPTY`
 */
export async function takeStep(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { id, status: from }: { id: string; status: GroupStatus },
  to: GroupStatus,
): Promise<void> {
  if (from === to) return
  if (!steps[from].includes(to)) {
    throw conflict('STEP_NOT_ALLOWED', `A group does not go from ${from} to ${to}.`, { from, to })
  }
  if (from === 'FINISHED' && to === 'RUNNING' && !isAdmin(ctx.viewer)) {
    throw forbidden('Only administrators let a group that is over go on.')
  }
  if (to === 'DRAFT') await assertEmpty(tx, id)
  if (to === 'FINISHED' || to === 'ARCHIVED') {
    const wasHeld = to === 'FINISHED' || from === 'FINISHED'
    await endStays(tx, ctx, id, wasHeld ? 'COMPLETED' : 'REMOVED')
    await revokeInvitations(tx, ctx, id)
  }
}

async function assertEmpty(tx: Prisma.TransactionClient, groupId: string): Promise<void> {
  const members = await tx.groupMember.count({ where: { groupId, leftAt: null } })
  if (members > 0) {
    throw conflict('GROUP_NOT_EMPTY', 'Students are in the group, invited, or waiting.', {
      members,
    })
  }
}
