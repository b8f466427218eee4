import { transact, violatedConstraint } from '@classgram/database'
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
 * @throws NOT_FOUND, FORBIDDEN for another teacher's group, BAD_USER_INPUT, or CONFLICT: `STALE`
 * (another version by now), `CAPACITY_BELOW_MEMBERS`
 */
export async function updateGroup(
  ctx: RequestContext,
  input: UpdateGroupInput,
): Promise<{ group: GroupRow }> {
  const fields = parseInput(rules, input)
  const group = await transact(ctx.db, ctx, async (tx) => {
    const before = await lockGroup(tx, input.id)
    if (!before) throw notFound('group', input.id)
    assertRunsGroup(ctx, before)
    if (input.expectedVersion != null && input.expectedVersion !== before.version) {
      throw conflict('STALE', 'The group was changed in the meantime.', { version: before.version })
    }
    if (fields.capacity != null && fields.capacity < before.seatsTaken) {
      throw conflict('CAPACITY_BELOW_MEMBERS', `The group has ${before.seatsTaken} members.`, {
        members: before.seatsTaken,
      })
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
  }).catch((error: unknown) => {
    if (violatedConstraint(error) === 'groups_dates_in_order') {
      throw badUserInput('input.endsOn', 'input.endsOn: must not be before startsOn')
    }
    throw error
  })
  return { group }
}
