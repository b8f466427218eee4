import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict, notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { MoveGroupMemberInput } from '../generated/graphql.ts'
import type { GroupMember, MemberStatus, Prisma } from '../generated/prisma/client.ts'
import { type LockedGroup, lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup, assertTakesMembers } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { endStay } from './end-stays.ts'
import { assertSeatFreeFor, newStayRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'

/** How a stay goes on in the other group. Who waits is moved to a seat, or not at all. */
const goesOnAs: Partial<Record<MemberStatus, 'INVITED' | 'ACTIVE' | 'PAUSED'>> = {
  INVITED: 'INVITED',
  WAITLISTED: 'ACTIVE',
  ACTIVE: 'ACTIVE',
  PAUSED: 'PAUSED',
}

/**
 * Moves a student to another group, in one step: the stay in the one ends as removed, a new one begins
 * in the other.
 *
 * @throws FORBIDDEN unless the viewer runs both groups, whether they are there or not; NOT_FOUND for
 * administrators; BAD_USER_INPUT for the group that the student is in; CONFLICT: `STAY_ENDED`,
 * `GROUP_CLOSED`, `GROUP_FULL`, `ALREADY_MEMBER`
 */
export async function moveGroupMember(
  ctx: RequestContext,
  input: MoveGroupMemberInput,
): Promise<{ from: GroupMemberRow; member: GroupMemberRow }> {
  const { memberId, toGroupId } = input
  const earlier = await replay(ctx.db, ctx, 'moveGroupMember', input, (id) =>
    ctx.db.groupMember.findUniqueOrThrow({ where: { id } }),
  )
  const member =
    earlier ??
    (await transact(
      ctx.db,
      ctx,
      async (tx) => {
        const found = await tx.groupMember.findUnique({ where: { id: memberId } })
        const groups = await lockGroups(tx, found ? [found.groupId, toGroupId] : [toGroupId])
        const from = found && groups.get(found.groupId)
        assertRunsGroup(ctx, from ?? undefined)
        if (!from) throw notFound('group member', memberId)
        const to = groups.get(toGroupId)
        assertRunsGroup(ctx, to)
        if (!to) throw notFound('group', toGroupId)
        if (from === to) {
          throw badUserInput('input.toGroupId', 'The student is in this group already.')
        }
        return once(tx, ctx, 'moveGroupMember', input, {
          create: () => move(tx, ctx, memberId, to),
          find: (id) => tx.groupMember.findUniqueOrThrow({ where: { id } }),
        })
      },
      newStayRefusals,
    ))
  const from = await ctx.db.groupMember.findUniqueOrThrow({ where: { id: memberId } })
  return { from, member }
}

async function move(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  id: string,
  to: LockedGroup,
): Promise<GroupMember> {
  // Read again: only behind the groups' locks does the state stand still.
  const before = await tx.groupMember.findUniqueOrThrow({ where: { id } })
  const status = goesOnAs[before.status]
  if (!status) throw conflict('STAY_ENDED', 'This stay has ended; add the student instead.')
  assertTakesMembers(ctx, to)
  const isInvited = status === 'INVITED'
  if (!isInvited) await assertSeatFreeFor(tx, before.studentTelegramId, to)
  await endStay(tx, ctx, before, 'REMOVED')
  const now = ctx.clock()
  const member = await tx.groupMember.create({
    data: {
      groupId: to.id,
      studentTelegramId: before.studentTelegramId,
      movedFromId: id,
      status,
      invitedAt: isInvited ? now : null,
      joinedAt: isInvited ? null : now,
    },
  })
  await tellMembershipChanged(tx, ctx, member)
  return member
}

/** In one order, lest two who move students to and fro wait for each other. */
async function lockGroups(
  tx: Prisma.TransactionClient,
  ids: string[],
): Promise<Map<string, LockedGroup>> {
  const groups = new Map<string, LockedGroup>()
  for (const id of [...new Set(ids)].sort()) {
    const group = await lockGroup(tx, id)
    if (group) groups.set(id, group)
  }
  return groups
}
