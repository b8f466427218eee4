import { transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { isAdmin } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { UpdateGroupMemberInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { assertSeatFree, seatRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { closeUpWaitingList, endOfWaitingList } from './waiting-list.ts'

/** States that hold a seat. */
const seated = new Set(['ACTIVE', 'PAUSED'])
/** States that end a stay. */
const closed = new Set(['COMPLETED', 'LEFT', 'REMOVED'])

/**
 * Changes the state of an open stay.
 *
 * @throws FORBIDDEN for a stay in a group that the viewer does not run, whether there is one or
 * not, and for teachers who would accept an invitation of their own; NOT_FOUND for administrators;
 * CONFLICT: `STAY_ENDED`, `GROUP_FULL`
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
      const { groupId, waitingPosition: place } = before
      if (before.leftAt) throw conflict('STAY_ENDED', 'This stay has ended; add the student again.')
      if (before.status === 'INVITED' && status !== 'REMOVED' && !isAdmin(ctx.viewer)) {
        throw forbidden('The student alone accepts the invitation; you can take it back.')
      }
      if (seated.has(status) && !seated.has(before.status)) assertSeatFree(group)
      const now = ctx.clock()
      const waits = status === 'WAITLISTED'
      const after = await tx.groupMember.update({
        where: { id },
        data: {
          status,
          joinedAt: seated.has(status) ? (before.joinedAt ?? now) : undefined,
          leftAt: closed.has(status) ? now : null,
          waitingPosition: waits ? (place ?? (await endOfWaitingList(tx, groupId))) : null,
          version: { increment: 1 },
        },
      })
      await tellMembershipChanged(tx, ctx, after)
      if (place !== null && !waits) await closeUpWaitingList(tx, groupId, place)
      return after
    },
    seatRefusals,
  )
  return { member }
}
