import { inPortions, transact } from '@classgram/database'
import type { Occasion } from '@classgram/server/subgraph'
import type { AppContext } from '../context.ts'

const day = 24 * 60 * 60 * 1000

/** Lessons that began before it are not kept: groups are found by what is still to come. */
export function lessonsKeptSince(clock: () => Date): Date {
  return new Date(clock().getTime() - day)
}

/**
 * Removes what is known of lessons that began more than a day ago. One that is put off until later is told
 * of again, and so comes back.
 */
export function removePastLessons(ctx: AppContext & Occasion): Promise<void> {
  const before = lessonsKeptSince(ctx.clock)
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
