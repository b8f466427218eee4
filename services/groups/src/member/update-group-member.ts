import { transact } from '@classgram/database'
import { conflict, notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { UpdateGroupMemberInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { endOfWaitingList } from './waiting-list.ts'

/** States that hold a seat. */
const seated = new Set(['ACTIVE', 'PAUSED'])
/** States that end a stay. */
const closed = new Set(['COMPLETED', 'LEFT', 'REMOVED'])

/**
 * Changes the state of an open stay.
 *
 * @throws NOT_FOUND, FORBIDDEN, or CONFLICT: `STAY_ENDED`, `GROUP_FULL`
 */
export async function updateGroupMember(
  ctx: RequestContext,
  { id, status }: UpdateGroupMemberInput,
): Promise<{ member: GroupMemberRow }> {
  const member = await transact(ctx.db, ctx, async (tx) => {
    const found = await tx.groupMember.findUnique({ where: { id }, select: { groupId: true } })
    if (!found) throw notFound('group member', id)
    const group = await lockGroup(tx, found.groupId)
    if (!group) throw notFound('group member', id)
    assertRunsGroup(ctx, group)
    // Read again: only behind the group's lock does the state stand still.
    const before = await tx.groupMember.findUniqueOrThrow({ where: { id } })
    if (before.leftAt) throw conflict('STAY_ENDED', 'This stay has ended; add the student again.')
    const needsSeat = seated.has(status) && !seated.has(before.status)
    if (needsSeat && group.seatsTaken >= group.capacity) {
      throw conflict('GROUP_FULL', 'No seat is free.', { capacity: group.capacity })
    }
    const now = ctx.clock()
    const staysWaiting = status === 'WAITLISTED' && before.status === 'WAITLISTED'
    return tx.groupMember.update({
      where: { id },
      data: {
        status,
        joinedAt: seated.has(status) ? (before.joinedAt ?? now) : undefined,
        leftAt: closed.has(status) ? now : null,
        waitingPosition: staysWaiting
          ? undefined
          : status === 'WAITLISTED'
            ? await endOfWaitingList(tx, before.groupId)
            : null,
        version: { increment: 1 },
      },
    })
  })
  return { member }
}
