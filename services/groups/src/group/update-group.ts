import { transact } from '@classgram/database'
import { badUserInput, conflict, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { Level, UpdateGroupInput } from '../generated/graphql.ts'
import type { GroupRow } from '../rows.ts'
import { findTeacher } from '../sisters.ts'
import { takeStep } from './life-cycle.ts'
import { lockGroup } from './lock-group.ts'
import { assertRunsGroup, capacity, description, name } from './rules.ts'
import { assertTeaches } from './teacher-profile.ts'
import { tellGroupChanged } from './tell-group-changed.ts'

const rules = z.object({
  name: name.nullish(),
  description,
  capacity: capacity.nullish(),
})

/**
 * Changes a group. With the last step of its life everything in it that was open ends.
 *
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not, and for
 * teachers who let a group go on that is over; NOT_FOUND for administrators; BAD_USER_INPUT;
 * CONFLICT: `STALE` (another version by now), `CAPACITY_BELOW_MEMBERS`, `STEP_NOT_ALLOWED`,
 * `GROUP_NOT_EMPTY`, and `NOT_IN_TEACHER_PROFILE` unless an administrator says so
 */
export async function updateGroup(
  ctx: RequestContext,
  input: UpdateGroupInput,
): Promise<{ group: GroupRow }> {
  const fields = parseInput(rules, input)
  const assertMayTeach = await profileRule(ctx, input)
  const group = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const before = await lockGroup(tx, input.id)
      assertRunsGroup(ctx, before)
      if (!before) throw notFound('group', input.id)
      const { version, seatsTaken } = before
      if (input.expectedVersion != null && input.expectedVersion !== version) {
        throw conflict('STALE', 'The group was changed in the meantime.', { version })
      }
      if (fields.capacity != null && fields.capacity < seatsTaken) {
        throw capacityBelowMembers({ members: seatsTaken })
      }
      if (input.level != null && input.level !== before.level) {
        assertMayTeach({ language: before.language, level: input.level })
      }
      if (input.status != null) await takeStep(tx, ctx, before, input.status)
      const after = await tx.group.update({
        where: { id: input.id },
        data: {
          name: fields.name ?? undefined,
          description: fields.description,
          capacity: fields.capacity ?? undefined,
          level: input.level ?? undefined,
          status: input.status ?? undefined,
          startsOn: input.startsOn,
          endsOn: input.endsOn,
          version: { increment: 1 },
        },
      })
      await tellGroupChanged(tx, ctx, after)
      return after
    },
    {
      group_members_within_capacity: () => capacityBelowMembers(),
      groups_dates_in_order: () =>
        badUserInput('input.endsOn', 'input.endsOn: must not be before startsOn'),
    },
  )
  return { group }
}

/** Asks what the teacher teaches, if that matters: before the transaction, which waits for no sister. */
async function profileRule(ctx: RequestContext, { id, level }: UpdateGroupInput) {
  if (level == null || isAdmin(ctx.viewer)) return () => {}
  const known = await ctx.loaders.groupById.load(id)
  assertRunsGroup(ctx, known)
  if (!known) throw notFound('group', id)
  const teacher = await findTeacher(ctx, known.teacherTelegramId)
  return (course: { language: string; level: Level }) => assertTeaches(teacher, course)
}

function capacityBelowMembers(details?: { members: number }) {
  return conflict('CAPACITY_BELOW_MEMBERS', 'More students have a seat than that.', details)
}
