import { once, transact, violatedConstraint } from '@classgram/database'
import { badUserInput, conflict, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { AddGroupMemberInput } from '../generated/graphql.ts'
import { lockGroup } from '../group/lock-group.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { studentExists } from '../sisters.ts'
import { endOfWaitingList } from './waiting-list.ts'

const rules = z.object({
  status: z
    .enum(['ACTIVE', 'INVITED', 'WAITLISTED'], 'must be ACTIVE, INVITED or WAITLISTED')
    .nullish()
    .transform((status) => status ?? 'ACTIVE'),
})

/**
 * Begins a student's stay in a group.
 *
 * @throws NOT_FOUND (group), FORBIDDEN, BAD_USER_INPUT (no such student), or CONFLICT: `GROUP_FULL`,
 * `ALREADY_MEMBER`
 */
export async function addGroupMember(
  ctx: RequestContext,
  input: AddGroupMemberInput,
): Promise<{ member: GroupMemberRow }> {
  const { status } = parseInput(rules, input)
  if (!(await studentExists(ctx, input.studentTelegramId))) {
    throw badUserInput('input.studentTelegramId', `There is no student ${input.studentTelegramId}.`)
  }
  const member = await transact(ctx.db, ctx, async (tx) => {
    const group = await lockGroup(tx, input.groupId)
    if (!group) throw notFound('group', input.groupId)
    assertRunsGroup(ctx, group)
    return once(tx, ctx, 'addGroupMember', input, {
      async create() {
        if (status === 'ACTIVE' && group.seatsTaken >= group.capacity) {
          throw conflict('GROUP_FULL', 'No seat is free.', { capacity: group.capacity })
        }
        const now = ctx.clock()
        return tx.groupMember.create({
          data: {
            groupId: input.groupId,
            studentTelegramId: input.studentTelegramId,
            status,
            invitedAt: status === 'INVITED' ? now : null,
            joinedAt: status === 'ACTIVE' ? now : null,
            waitingPosition:
              status === 'WAITLISTED' ? await endOfWaitingList(tx, input.groupId) : null,
          },
        })
      },
      find: (id) => tx.groupMember.findUniqueOrThrow({ where: { id } }),
    })
  }).catch((error: unknown) => {
    if (violatedConstraint(error) === 'group_members_one_open_stay') {
      throw conflict('ALREADY_MEMBER', 'The student is in this group already.')
    }
    throw error
  })
  return { member }
}
