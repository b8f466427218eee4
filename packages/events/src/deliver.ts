import type { PoolClient } from 'pg'
import { type Backoff, nextDelay } from './backoff.ts'
import { deliveryTask, jobKeyOf, type Stream } from './stream.ts'

/** An event on its way to one subscriber. */
export interface OutgoingEvent {
  id: string
  /** Rises within the aggregate; decimal. */
  sequence: string
  aggregateType: string
  aggregateId: string
  type: string
  version: number
  payload: unknown
  actor: string
  requestId: string | null
  occurredAt: Date
  /** Told again to rebuild a read model. */
  isReplay: boolean
}

interface Waiting {
  event: OutgoingEvent
  attempts: number
  failingForMs: number
  isParked: boolean
  /** Milliseconds until it is due; 0 or less when it is. */
  dueInMs: number
}

/** What became of one step through a stream. */
export type Step =
  | { outcome: 'empty' | 'waiting' | 'parked' }
  | { outcome: 'delivered' | 'failed' | 'given up'; event: OutgoingEvent; error?: string }

/** Brings an event to a subscriber. Whatever it throws means: not delivered, as far as we know. */
export type Send = (subscriber: string, event: OutgoingEvent) => Promise<void>

interface Delivery {
  send: Send
  backoff: Backoff
}

/**
 * Delivers the first event that waits in a stream, in one transaction: killed anywhere in it, the
 * event waits as before and is sent again. The stream is locked meanwhile, so that of two workers one
 * waits; an event that fails holds up those after it. So order is kept. The delivery is locked, too:
 * who asks for a replay meanwhile waits, and gets one of what was sent before.
 *
 * A failure is tried again later; one that goes on for too long parks the event and with it the stream.
 */
export async function deliverNext(
  client: PoolClient,
  stream: Stream,
  delivery: Delivery,
): Promise<Step> {
  await client.query('BEGIN')
  try {
    // A statement of its own: the next one then sees what the lock's last holder did.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [jobKeyOf(stream)])
    const waiting = await findFirst(client, stream)
    const step: Step = waiting
      ? await attempt(client, stream, waiting, delivery)
      : { outcome: 'empty' }
    await client.query('COMMIT')
    return step
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function attempt(
  client: PoolClient,
  stream: Stream,
  { event, attempts, failingForMs, isParked, dueInMs }: Waiting,
  { send, backoff }: Delivery,
): Promise<Step> {
  if (isParked) return { outcome: 'parked' }
  if (dueInMs > 0) {
    await wakeIn(client, stream, dueInMs)
    return { outcome: 'waiting' }
  }
  const key = [event.id, stream.subscriber]
  const error = await send(stream.subscriber, event).then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)).slice(0, 500),
  )
  if (error === undefined) {
    await client.query('DELETE FROM outbox_deliveries WHERE event_id = $1 AND subscriber = $2', key)
    return { outcome: 'delivered', event }
  }
  const delayMs = nextDelay(backoff, { attempts: attempts + 1, failingForMs })
  await client.query(
    `UPDATE outbox_deliveries SET attempts = attempts + 1, last_error = $3,
       first_failed_at = coalesce(first_failed_at, clock_timestamp()),
       next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($4::float8, 0) / 1000),
       parked_at = CASE WHEN $4::float8 IS NULL THEN clock_timestamp() END
     WHERE event_id = $1 AND subscriber = $2`,
    [...key, error, delayMs ?? null],
  )
  if (delayMs === undefined) return { outcome: 'given up', event, error }
  await wakeIn(client, stream, delayMs)
  return { outcome: 'failed', event, error }
}

async function findFirst(client: PoolClient, stream: Stream): Promise<Waiting | undefined> {
  const { rows } = await client.query<
    OutgoingEvent & Record<'attempts' | 'failingForMs' | 'dueInMs', number> & { isParked: boolean }
  >(
    `SELECT e.id, e.sequence::text, e.aggregate_type AS "aggregateType", e.aggregate_id AS "aggregateId",
       e.type, e.version, e.payload, e.actor, e.request_id AS "requestId", e.occurred_at AS "occurredAt",
       d.is_replay AS "isReplay", d.attempts, d.parked_at IS NOT NULL AS "isParked",
       coalesce(extract(epoch FROM clock_timestamp() - d.first_failed_at) * 1000, 0)::float8 AS "failingForMs",
       (extract(epoch FROM d.next_attempt_at - clock_timestamp()) * 1000)::float8 AS "dueInMs"
     FROM outbox_deliveries d JOIN outbox_events e ON e.id = d.event_id
     WHERE d.subscriber = $1 AND d.aggregate_type = $2 AND d.aggregate_id = $3
     ORDER BY d.sequence LIMIT 1 FOR UPDATE OF d`,
    [stream.subscriber, stream.aggregateType, stream.aggregateId],
  )
  const [row] = rows
  if (!row) return undefined
  const { attempts, failingForMs, isParked, dueInMs, ...event } = row
  return { event, attempts, failingForMs, isParked, dueInMs }
}

/** Lets the stream's job run again then, and not before. */
async function wakeIn(client: PoolClient, stream: Stream, ms: number): Promise<void> {
  await client.query(
    `SELECT graphile_worker.add_job($1::text, $2::json,
       run_at := clock_timestamp() + make_interval(secs => $3::float8 / 1000), job_key := $4::text)`,
    [deliveryTask, JSON.stringify(stream), ms, jobKeyOf(stream)],
  )
}
