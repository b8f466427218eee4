import { isUnavailable, transact } from '@classgram/database'
import type { Occasion } from '@classgram/server/subgraph'
import type { AppContext } from '../context.ts'
import { lockGroup } from '../group/lock-group.ts'
import { lapseOffers } from './seat-offers.ts'
import { freeSeats, waitsForSeat } from './seats.ts'

/**
 * Passes seats on that were offered and not answered in time. Nothing depends on when it comes: an answer
 * that is late is late without it. What has been left undone, seats that are free though somebody waits,
 * it makes good.
 *
 * @throws AggregateError with the groups where that failed, once all others are done; without the database
 * there is no going on
 */
export async function lapseSeatOffers(ctx: AppContext & Occasion): Promise<void> {
  const { db, clock, signal } = ctx
  const groups = await db.$queryRaw<{ id: string }[]>`
    SELECT m.group_id AS id FROM group_members m WHERE m.offer_expires_at <= ${clock()}
    UNION
    SELECT g.id FROM groups g
    WHERE g.status IN ('OPEN', 'RUNNING')
      AND EXISTS (SELECT FROM group_members w WHERE w.group_id = g.id AND ${waitsForSeat})
      AND ${freeSeats} > 0
    ORDER BY id`
  const failures: Error[] = []
  for (const { id } of groups) {
    if (signal.aborted) break
    try {
      await transact(db, ctx, async (tx) => {
        await lockGroup(tx, id)
        await lapseOffers(tx, ctx, id)
      })
    } catch (error) {
      if (isUnavailable(error)) throw error
      // One group's trouble is not that of the groups behind it.
      failures.push(new Error(`${error} (group ${id})`, { cause: error }))
    }
  }
  if (failures.length > 0) throw new AggregateError(failures)
}
