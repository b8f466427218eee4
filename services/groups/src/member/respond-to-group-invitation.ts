import { transact } from '@classgram/database'
import { conflict, forbidden } from '@classgram/errors'
import { isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { RespondToGroupInvitationInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertTakesMembers } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { hasSeatFree, seatRefusals } from './seats.ts'
import { endOfWaitingList } from './waiting-list.ts'

/**
 * The invited student's answer: with a yes they get a seat, or a place at the end of the waiting
 * list when none is free; with a no the stay ends.
 *
 * @throws FORBIDDEN for another's invitation, whether there is one or not; CONFLICT: `STAY_ENDED`
 * (taken back, or declined already), `INVITATION_ANSWERED`, `GROUP_CLOSED` (to a yes)
 */
export async function respondToGroupInvitation(
  ctx: RequestContext,
  { memberId: id, accept }: RespondToGroupInvitationInput,
): Promise<{ member: GroupMemberRow }> {
  const member = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const found = await tx.groupMember.findUnique({ where: { id } })
      const isOwn = found !== null && isPerson(ctx.viewer, found.studentTelegramId)
      const group = isOwn ? await lockGroup(tx, found.groupId) : undefined
      if (!group) throw forbidden('You can answer your own invitations only.')
      // Read again: only behind the group's lock does the state stand still.
      const { status, leftAt, groupId } = await tx.groupMember.findUniqueOrThrow({ where: { id } })
      if (leftAt) throw conflict('STAY_ENDED', 'This invitation holds no longer.')
      if (status !== 'INVITED') {
        throw conflict('INVITATION_ANSWERED', 'You have accepted this invitation already.')
      }
      const version = { increment: 1 }
      const now = ctx.clock()
      if (!accept) {
        const data = { status: 'LEFT', leftAt: now, version } as const
        return tx.groupMember.update({ where: { id }, data })
      }
      assertTakesMembers(ctx, group)
      const data = hasSeatFree(group)
        ? ({ status: 'ACTIVE', joinedAt: now, version } as const)
        : ({
            status: 'WAITLISTED',
            waitingPosition: await endOfWaitingList(tx, groupId),
            version,
          } as const)
      return tx.groupMember.update({ where: { id }, data })
    },
    seatRefusals,
  )
  return { member }
}
