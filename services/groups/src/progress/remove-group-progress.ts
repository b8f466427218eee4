import { transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'
import type { RemoveGroupProgressInput } from '../generated/graphql.ts'
import type { GroupProgressRow } from '../rows.ts'
import { lockOwnRecord } from './lock-own-record.ts'

/**
 * Takes a record back that was a mistake.
 *
 * @returns the record as it was
 * @throws FORBIDDEN for a record of a group that the viewer does not run, whether there is one or
 * not; NOT_FOUND for administrators
 */
export async function removeGroupProgress(
  ctx: RequestContext,
  { id }: RemoveGroupProgressInput,
): Promise<{ progress: GroupProgressRow }> {
  const progress = await transact(ctx.db, ctx, async (tx) => {
    await lockOwnRecord(ctx, tx, id)
    return tx.groupProgress.delete({ where: { id } })
  })
  return { progress }
}
