import { transact } from '@classgram/database'
import { conflict } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { RespondToGroupInvitationInput } from '../generated/graphql.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'
import type { LockedGroup } from '../group/lock-group.ts'
import { assertIsStudent, assertTakesMembers } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { lockOwnStay } from './lock-own-stay.ts'
import { hasSeatFree, seatRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { endOfWaitingList } from './waiting-list.ts'

/**
 * The invited student's answer: with a yes they get a seat, or a place at the end of the waiting
 * list when none is free; with a no the stay ends. Declining again does no harm.
 *
 * @throws FORBIDDEN for another's invitation, whether there is one or not, and for a yes of who is no
 * student any more; CONFLICT: `STAY_ENDED`
 * (taken back, or declined before), `INVITATION_ANSWERED`, `GROUP_CLOSED` (to a yes)
 */
export async function respondToGroupInvitation(
  ctx: RequestContext,
  { memberId: id, accept }: RespondToGroupInvitationInput,
): Promise<{ member: GroupMemberRow }> {
  const member = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const message = 'You can answer your own invitations only.'
      const { group, stay: before } = await lockOwnStay(tx, ctx, id, message)
      const { status, leftAt } = before
      if (status === 'LEFT' && !accept) return before
      if (leftAt) throw conflict('STAY_ENDED', 'This invitation holds no longer.')
      if (status !== 'INVITED') {
        throw conflict('INVITATION_ANSWERED', 'You have accepted this invitation already.')
      }
      if (accept) {
        assertIsStudent(ctx)
        assertTakesMembers(ctx, group)
      }
      const after = await tx.groupMember.update({
        where: { id },
        data: {
          ...(accept ? await acceptance(tx, ctx, group, before) : declined(ctx)),
          version: { increment: 1 },
        },
      })
      await tellMembershipChanged(tx, ctx, after)
      return after
    },
    seatRefusals,
  )
  return { member }
}

const declined = ({ clock }: RequestContext) => ({ status: 'LEFT', leftAt: clock() }) as const

async function acceptance(
  tx: Prisma.TransactionClient,
  { clock }: RequestContext,
  group: LockedGroup,
  { joinedAt }: GroupMember,
) {
  const updatedAt = clock()
  if (hasSeatFree(group)) {
    return { status: 'ACTIVE', joinedAt: joinedAt ?? updatedAt, updatedAt } as const
  }
  const waitingPosition = await endOfWaitingList(tx, group.id)
  return { status: 'WAITLISTED', waitingPosition, updatedAt } as const
}
