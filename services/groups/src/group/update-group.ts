import { transact } from '@classgram/database'
import { badUserInput, conflict, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateGroupInput } from '../generated/graphql.ts'
import type { GroupRow } from '../rows.ts'
import { lockGroup } from './lock-group.ts'
import { assertRunsGroup, capacity, description, name } from './rules.ts'

const rules = z.object({
  name: name.nullish(),
  description,
  capacity: capacity.nullish(),
})

/**
 * Changes a group.
 *
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not;
 * NOT_FOUND for administrators; BAD_USER_INPUT; CONFLICT: `STALE` (another version by now),
 * `CAPACITY_BELOW_MEMBERS`
 */
export async function updateGroup(
  ctx: RequestContext,
  input: UpdateGroupInput,
): Promise<{ group: GroupRow }> {
  const fields = parseInput(rules, input)
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
      return tx.group.update({
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
    },
    {
      group_members_within_capacity: () => capacityBelowMembers(),
      groups_dates_in_order: () =>
        badUserInput('input.endsOn', 'input.endsOn: must not be before startsOn'),
    },
  )
  return { group }
}

function capacityBelowMembers(details?: { members: number }) {
  return conflict('CAPACITY_BELOW_MEMBERS', 'More students have a seat than that.', details)
}
