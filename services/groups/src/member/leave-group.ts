import { transact } from '@classgram/database'
import { conflict, forbidden } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { LeaveGroupInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import type { GroupMemberRow } from '../rows.ts'
import { endStay } from './end-stays.ts'

/**
 * Ends the viewer's own stay in a group: they give up their seat, their place in the line or an
 * invitation. Who has left already gets the stay that they left.
 *
 * @throws FORBIDDEN for who never was in the group, whether there is one or not; CONFLICT: `STAY_ENDED`
 */
export async function leaveGroup(
  ctx: RequestContext,
  { groupId }: LeaveGroupInput,
): Promise<{ member: GroupMemberRow }> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const member = await transact(ctx.db, ctx, async (tx) => {
    await lockGroup(tx, groupId)
    // An open stay is the latest: another one begins only after it.
    const stay = await tx.groupMember.findFirst({
      where: { groupId, studentTelegramId: viewer.telegramId },
      orderBy: [{ leftAt: { sort: 'desc', nulls: 'first' } }, { id: 'desc' }],
    })
    if (!stay) throw forbidden('You are not in this group.')
    if (stay.status === 'LEFT') return stay
    if (stay.leftAt) throw conflict('STAY_ENDED', 'You are in this group no more.')
    return endStay(tx, ctx, stay, 'LEFT')
  })
  return { member }
}
