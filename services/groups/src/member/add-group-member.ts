import { once, replay, transact } from '@classgram/database'
import { badUserInput, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { AddGroupMemberInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup, assertTakesMembers } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { studentExists } from '../sisters.ts'
import { offerFreeSeats } from './seat-offers.ts'
import { assertSeatFreeFor, newStayRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { endOfWaitingList } from './waiting-list.ts'

const rules = z.object({
  status: z
    .enum(['ACTIVE', 'INVITED', 'WAITLISTED'], 'must be ACTIVE, INVITED or WAITLISTED')
    .nullish(),
})

/**
 * Begins a student's stay in a group. Teachers invite: whom they teach they may see more of, so a
 * student becomes theirs by the student's own decision or an administrator's.
 *
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not, and for
 * teachers who do not invite; NOT_FOUND (group) for administrators; BAD_USER_INPUT (no such student);
 * CONFLICT: `GROUP_CLOSED`, `GROUP_FULL`, `ALREADY_MEMBER`
 */
export async function addGroupMember(
  ctx: RequestContext,
  input: AddGroupMemberInput,
): Promise<{ member: GroupMemberRow }> {
  const earlier = await replay(ctx.db, ctx, 'addGroupMember', input, (id) =>
    ctx.db.groupMember.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { member: earlier }
  const { groupId, studentTelegramId } = input
  const status = firstStatus(ctx, parseInput(rules, input))
  const known = await ctx.loaders.groupById.load(groupId)
  assertRunsGroup(ctx, known)
  if (!known) throw notFound('group', groupId)
  assertTakesMembers(ctx, known)
  if (!(await studentExists(ctx, studentTelegramId))) {
    throw badUserInput('input.studentTelegramId', `There is no student ${studentTelegramId}.`)
  }
  const member = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const group = await lockGroup(tx, groupId)
      assertRunsGroup(ctx, group)
      if (!group) throw notFound('group', groupId)
      return once(tx, ctx, 'addGroupMember', input, {
        async create() {
          assertTakesMembers(ctx, group)
          if (status === 'ACTIVE') await assertSeatFreeFor(tx, studentTelegramId, group)
          const now = ctx.clock()
          const begun = await tx.groupMember.create({
            data: {
              groupId,
              studentTelegramId,
              status,
              invitedAt: status === 'INVITED' ? now : null,
              joinedAt: status === 'ACTIVE' ? now : null,
              waitingPosition: status === 'WAITLISTED' ? await endOfWaitingList(tx, groupId) : null,
              updatedAt: now,
            },
          })
          await tellMembershipChanged(tx, ctx, begun)
          await offerFreeSeats(tx, ctx, groupId)
          // Read again: who waits may have been offered a seat.
          return tx.groupMember.findUniqueOrThrow({ where: { id: begun.id } })
        },
        find: (id) => tx.groupMember.findUniqueOrThrow({ where: { id } }),
      })
    },
    newStayRefusals,
  )
  return { member }
}

function firstStatus({ viewer }: RequestContext, { status }: z.output<typeof rules>) {
  if (isAdmin(viewer)) return status ?? 'ACTIVE'
  if (status != null && status !== 'INVITED') {
    throw forbidden('Teachers invite students, who then join by themselves.')
  }
  return 'INVITED'
}
