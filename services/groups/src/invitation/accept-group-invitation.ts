import { transact } from '@classgram/database'
import { conflict, forbidden } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { AcceptGroupInvitationInput } from '../generated/graphql.ts'
import type { GroupInvitation, GroupMember, Prisma } from '../generated/prisma/client.ts'
import { type LockedGroup, lockGroup } from '../group/lock-group.ts'
import { assertTakesMembers } from '../group/rules.ts'
import { hasSeat, hasSeatFree, seatRefusals } from '../member/seats.ts'
import { tellMembershipChanged } from '../member/tell-membership-changed.ts'
import { closeUpWaitingList, endOfWaitingList, waitsNoMore } from '../member/waiting-list.ts'
import type { GroupMemberRow } from '../rows.ts'
import { studentExists } from '../sisters.ts'
import { hashToken } from './token.ts'

/**
 * Joins the viewer to the group that a link leads to: with a seat if one is free, otherwise, or where
 * the teacher has to agree first, with a place at the end of the waiting list. Who is in already gets
 * the stay there is, so pressing again does no harm and counts as no use. So does who is invited, or waits,
 * when this link is over for them.
 *
 * @throws CONFLICT: `INVITATION_INVALID` (unknown, or for somebody else), `NO_STUDENT_PROFILE`,
 * `GROUP_CLOSED`, `INVITATION_REVOKED`, `INVITATION_EXPIRED`, `INVITATION_USED_UP`, `STAY_ENDED`
 */
export async function acceptGroupInvitation(
  ctx: RequestContext,
  { token }: AcceptGroupInvitationInput,
): Promise<{ member: GroupMemberRow }> {
  const { viewer, db } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const { telegramId } = viewer
  const found = await db.groupInvitation.findUnique({ where: { tokenHash: hashToken(token) } })
  if (!found || (found.addresseeTelegramId ?? telegramId) !== telegramId) throw invalid()
  const { groupId } = found
  const joined = (await findStays(db, groupId, telegramId)).find(isJoinedAsBy(found))
  if (joined) return { member: joined }
  if (!(await studentExists(ctx, telegramId))) {
    throw conflict('NO_STUDENT_PROFILE', 'Create your student profile first, then come again.')
  }
  const member = await ctx.inTurn(groupId, () => join(ctx, found, telegramId))
  return { member }
}

function join(
  ctx: RequestContext,
  { id, groupId }: GroupInvitation,
  studentTelegramId: bigint,
): Promise<GroupMember> {
  return transact(
    ctx.db,
    ctx,
    async (tx) => {
      const group = await lockGroup(tx, groupId)
      // An erasure may have removed it meanwhile.
      const invitation = await tx.groupInvitation.findUnique({ where: { id } })
      if (!group || !invitation) throw invalid()
      const stays = await findStays(tx, groupId, studentTelegramId)
      const already = stays.find(isJoinedAsBy(invitation))
      if (already) return already
      assertTakesMembers(ctx, group)
      assertHolds(ctx, invitation)
      const open = stays.find(({ leftAt }) => leftAt === null)
      if (isOver(stays, invitation)) {
        // Whoever is invited by now, or asks by another link, stands where they stand: this one adds nothing.
        if (open) return open
        throw conflict('STAY_ENDED', 'You are in this group no more. Ask for a new invitation.')
      }
      const needsApproval = invitation.needsApproval && !open
      const place = {
        ...(await findPlace(tx, ctx, { group, needsApproval, open })),
        invitationId: id,
      }
      const after = open
        ? await tx.groupMember.update({
            where: { id: open.id },
            data: { ...place, version: { increment: 1 } },
          })
        : await tx.groupMember.create({ data: { ...place, groupId, studentTelegramId } })
      if (open?.waitingPosition && hasSeat(after.status)) {
        await closeUpWaitingList(tx, ctx, groupId)
      }
      await tx.groupInvitation.update({ where: { id }, data: { usedCount: { increment: 1 } } })
      await tellMembershipChanged(tx, ctx, after)
      return after
    },
    { ...seatRefusals, group_invitations_uses_within_limit: usedUp },
  )
}

function findStays(
  db: Pick<Prisma.TransactionClient, 'groupMember'>,
  groupId: string,
  studentTelegramId: bigint,
): Promise<GroupMember[]> {
  return db.groupMember.findMany({ where: { groupId, studentTelegramId } })
}

/**
 * Whether a stay is what the link leads to already. Whom the teacher invited in person is not in yet: the
 * link is as good as their answer. And who waits for the teacher's agreement has it by a link that does
 * not ask for it.
 */
const isJoinedAsBy =
  ({ needsApproval }: GroupInvitation) =>
  ({ leftAt, status, awaitsApproval }: GroupMember) =>
    leftAt === null && status !== 'INVITED' && (needsApproval || !awaitsApproval)

function assertHolds({ clock }: RequestContext, invitation: GroupInvitation): void {
  if (invitation.revokedAt) {
    throw conflict('INVITATION_REVOKED', 'This invitation was called back. Ask for a new one.')
  }
  if (invitation.expiresAt <= clock()) {
    throw conflict('INVITATION_EXPIRED', 'This invitation has expired. Ask for a new one.')
  }
  if (invitation.usedCount >= invitation.maxUses) throw usedUp()
}

/** A link is good once for each person, and does not undo that somebody was removed. */
function isOver(stays: GroupMember[], { id, createdAt }: GroupInvitation): boolean {
  return stays.some(
    ({ invitationId, status, leftAt }) =>
      leftAt && (invitationId === id || (status === 'REMOVED' && leftAt >= createdAt)),
  )
}

function invalid() {
  return conflict('INVITATION_INVALID', 'This invitation does not work. Ask for a new one.')
}

function usedUp() {
  return conflict('INVITATION_USED_UP', 'This invitation is used up. Ask for a new one.')
}

async function findPlace(
  tx: Prisma.TransactionClient,
  { clock }: RequestContext,
  {
    group,
    needsApproval,
    open,
  }: { group: LockedGroup; needsApproval: boolean; open: GroupMember | undefined },
) {
  const updatedAt = clock()
  if (!needsApproval && hasSeatFree(group)) {
    const joinedAt = open?.joinedAt ?? updatedAt
    return { ...waitsNoMore, status: 'ACTIVE', joinedAt, updatedAt } as const
  }
  return {
    status: 'WAITLISTED',
    waitingPosition: open?.waitingPosition ?? (await endOfWaitingList(tx, group.id)),
    awaitsApproval: needsApproval,
    updatedAt,
  } as const
}
