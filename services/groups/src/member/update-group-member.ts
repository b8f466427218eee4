import { transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { isAdmin } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { UpdateGroupMemberInput } from '../generated/graphql.ts'
import type { GroupMember, MemberStatus, Prisma } from '../generated/prisma/client.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { putInLine, seatStudents } from './change-stays.ts'
import { type EndStatus, endStay } from './end-stays.ts'
import { offerFreeSeats, offerNewSeats } from './seat-offers.ts'
import { assertSeatFree, hasSeat, seatRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'

/** What may follow on each state of an open stay. */
const steps: Partial<Record<MemberStatus, readonly MemberStatus[]>> = {
  INVITED: ['ACTIVE', 'PAUSED', 'WAITLISTED', 'LEFT', 'REMOVED'],
  WAITLISTED: ['ACTIVE', 'PAUSED', 'LEFT', 'REMOVED'],
  ACTIVE: ['PAUSED', 'WAITLISTED', 'COMPLETED', 'LEFT', 'REMOVED'],
  PAUSED: ['ACTIVE', 'WAITLISTED', 'COMPLETED', 'LEFT', 'REMOVED'],
}

/**
 * Changes the state of an open stay. The state that it is in already changes nothing, but that a student
 * who waits for the teacher's agreement has it then.
 *
 * @throws FORBIDDEN for a stay in a group that the viewer does not run, whether there is one or
 * not, and for teachers who would accept an invitation of their own; NOT_FOUND for administrators;
 * CONFLICT: `STAY_ENDED`, `STEP_NOT_ALLOWED`, `GROUP_FULL`
 */
export async function updateGroupMember(
  ctx: RequestContext,
  { id, status }: UpdateGroupMemberInput,
): Promise<{ member: GroupMemberRow }> {
  const member = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const found = await tx.groupMember.findUnique({ where: { id }, select: { groupId: true } })
      const group = found ? await lockGroup(tx, found.groupId) : undefined
      assertRunsGroup(ctx, group)
      if (!group) throw notFound('group member', id)
      // Read again: only behind the group's lock does the state stand still.
      const before = await tx.groupMember.findUniqueOrThrow({ where: { id } })
      if (before.leftAt) throw conflict('STAY_ENDED', 'This stay has ended; add the student again.')
      if (before.status === status && !before.awaitsApproval) return before
      assertStep(ctx, before.status, status)
      if (isEnd(status)) return endStay(tx, ctx, before, status)
      const hadSeat = hasSeat(before.status)
      // Whom a seat is offered to has it kept for them.
      if (hasSeat(status) && !hadSeat && !before.offerExpiresAt) assertSeatFree(group)
      await tellMembershipChanged(tx, ctx, ...(await goOn(tx, ctx, before, status)))
      if (hadSeat && !hasSeat(status)) await offerNewSeats(tx, ctx, group.id, [id])
      else await offerFreeSeats(tx, ctx, group.id)
      return tx.groupMember.findUniqueOrThrow({ where: { id } })
    },
    seatRefusals,
  )
  return { member }
}

/** @throws FORBIDDEN, CONFLICT `STEP_NOT_ALLOWED` */
function assertStep({ viewer }: RequestContext, from: MemberStatus, to: MemberStatus): void {
  if (from === 'INVITED' && to !== 'REMOVED' && !isAdmin(viewer)) {
    throw forbidden('The student alone accepts the invitation; you can take it back.')
  }
  if (from !== to && !steps[from]?.includes(to)) {
    throw conflict('STEP_NOT_ALLOWED', `A stay does not go from ${from} to ${to}.`, { from, to })
  }
}

function isEnd(status: MemberStatus): status is EndStatus {
  return status === 'COMPLETED' || status === 'LEFT' || status === 'REMOVED'
}

function goOn(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { id, groupId, status: before }: GroupMember,
  status: MemberStatus,
): Promise<GroupMember[]> {
  if (hasSeat(status)) return seatStudents(tx, ctx, groupId, [{ id, status }])
  if (before !== 'WAITLISTED') return putInLine(tx, ctx, groupId, [id])
  // Who waits already keeps the place, with the teacher's agreement from now on.
  return tx.groupMember.updateManyAndReturn({
    where: { id },
    data: { awaitsApproval: false, version: { increment: 1 } },
  })
}
