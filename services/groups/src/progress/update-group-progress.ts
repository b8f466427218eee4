import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateGroupProgressInput } from '../generated/graphql.ts'
import type { GroupProgressRow } from '../rows.ts'
import { lockOwnRecord } from './lock-own-record.ts'
import { note, percentage, recordedAt, score, topic, unit } from './rules.ts'

const rules = (now: Date) =>
  z.object({
    unit: unit.nullish(),
    topic,
    percentage: percentage.nullish(),
    score,
    note,
    recordedAt: recordedAt(now),
  })

/**
 * Corrects a record, also of a group that is put away.
 *
 * @throws FORBIDDEN for a record of a group that the viewer does not run, whether there is one or
 * not; NOT_FOUND for administrators; BAD_USER_INPUT
 */
export async function updateGroupProgress(
  ctx: RequestContext,
  input: UpdateGroupProgressInput,
): Promise<{ progress: GroupProgressRow }> {
  const { unit, percentage, recordedAt, ...fields } = parseInput(rules(ctx.clock()), input)
  const { id } = input
  const progress = await transact(ctx.db, ctx, async (tx) => {
    await lockOwnRecord(ctx, tx, id)
    return tx.groupProgress.update({
      where: { id },
      data: {
        ...fields,
        unit: unit ?? undefined,
        percentage: percentage ?? undefined,
        recordedAt: recordedAt ?? undefined,
      },
    })
  })
  return { progress }
}
