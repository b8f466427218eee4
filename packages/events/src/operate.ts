import type { Pool } from 'pg'
import { wakeDueStreams } from './wake.ts'

/** An event that was given up, and how many wait behind it. */
export interface ParkedEvent {
  id: string
  subscriber: string
  type: string
  aggregate: string
  occurredAt: Date
  parkedAt: Date
  attempts: number
  lastError: string
  behind: number
}

/** The events of one service that were given up, the longest parked first. */
export async function listParked(db: Pool): Promise<ParkedEvent[]> {
  const { rows } = await db.query<ParkedEvent>(
    `SELECT e.id, d.subscriber, e.type, d.aggregate_type || '/' || d.aggregate_id AS aggregate,
       e.occurred_at AS "occurredAt", d.parked_at AS "parkedAt", d.attempts, d.last_error AS "lastError",
       (SELECT count(*)::int FROM outbox_deliveries b
         WHERE (b.subscriber, b.aggregate_type, b.aggregate_id) = (d.subscriber, d.aggregate_type, d.aggregate_id)
           AND b.sequence > d.sequence) AS behind
     FROM outbox_deliveries d JOIN outbox_events e ON e.id = d.event_id
     WHERE d.parked_at IS NOT NULL ORDER BY d.parked_at, e.sequence`,
  )
  return rows
}

/**
 * Lets parked events try again from the beginning.
 *
 * @param eventId one event; all of the service when absent
 * @returns how many were parked
 */
export async function requeue(db: Pool, eventId?: string): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE outbox_deliveries
     SET parked_at = NULL, attempts = 0, first_failed_at = NULL, next_attempt_at = clock_timestamp()
     WHERE parked_at IS NOT NULL AND ($1::uuid IS NULL OR event_id = $1)`,
    [eventId ?? null],
  )
  await wakeDueStreams(db)
  return rowCount ?? 0
}

/** How many events wait for a subscriber behind one that was given up, that one included. */
export async function countHeldUp(db: Pool, subscriber: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int FROM outbox_deliveries d
     WHERE subscriber = $1 AND EXISTS (
       SELECT FROM outbox_deliveries p
       WHERE (p.subscriber, p.aggregate_type, p.aggregate_id) = (d.subscriber, d.aggregate_type, d.aggregate_id)
         AND p.parked_at IS NOT NULL AND p.sequence <= d.sequence
     )`,
    [subscriber],
  )
  return rows[0]?.count ?? 0
}

/**
 * Tells a subscriber everything again that happened since then, in order: its read models follow
 * as if from nothing, and effects that were had once are not had again.
 *
 * @param types the events that it subscribes to
 * @returns how many events are on their way
 */
export async function replay(
  db: Pool,
  { subscriber, types, since }: { subscriber: string; types: string[]; since: Date },
): Promise<number> {
  const { rowCount } = await db.query(
    `INSERT INTO outbox_deliveries (event_id, subscriber, aggregate_type, aggregate_id, sequence, is_replay)
     SELECT id, $1, aggregate_type, aggregate_id, sequence, true FROM outbox_events
     WHERE type = ANY ($2) AND occurred_at >= $3 ORDER BY sequence
     -- One that waits may have had its effect, in what is to be rebuilt, without a word having come back.
     ON CONFLICT (event_id, subscriber) DO UPDATE SET is_replay = true`,
    [subscriber, types, since],
  )
  await wakeDueStreams(db)
  return rowCount ?? 0
}
