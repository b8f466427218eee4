import { inPortions, transact } from '@classgram/database'
import type { Occasion } from '@classgram/server/subgraph'
import type { AppContext } from '../context.ts'

const day = 24 * 60 * 60 * 1000

/**
 * Removes what is known of lessons that began more than a day ago: groups are found by what is still
 * to come. One that is put off until later is told of again, and so comes back.
 */
export function removePastLessons(ctx: AppContext & Occasion): Promise<void> {
  const before = new Date(ctx.clock().getTime() - day)
  const remove = (most: number) =>
    transact(
      ctx.db,
      ctx,
      (tx) => tx.$executeRaw`
        DELETE FROM group_lessons WHERE id IN (
          SELECT id FROM group_lessons WHERE starts_at < ${before}::timestamptz
          ORDER BY starts_at LIMIT ${most} FOR UPDATE SKIP LOCKED)`,
    )
  return inPortions(remove, ctx.signal)
}
