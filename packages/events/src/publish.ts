import type { EventDefinition } from './define-event.ts'
import { deliveryTask } from './stream.ts'

/** What this needs of the client inside a transaction. */
interface PublishTransaction {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

/** What happened, to what. */
export interface Fact<Payload> {
  /** The thing whose events are told in order: `group`, and its id. */
  aggregate: { type: string; id: string }
  payload: Payload
  occurredAt: Date
  /** Whom it is about, if it is about a person: an erasure removes the event. */
  person?: bigint
}

/**
 * Records events of one kind in the transaction of the change that they tell of, and a delivery of each
 * for each subscriber, all in one statement. Nothing is sent before the transaction has committed,
 * nothing is lost afterwards.
 *
 * The caller holds the aggregates' rows locked, so that events of one aggregate are numbered in the
 * order in which their changes happened.
 */
export async function publish<Payload>(
  tx: PublishTransaction,
  { actor, requestId }: { actor: string; requestId?: string | undefined },
  { type, version, payload: schema, subscribers }: EventDefinition<Payload>,
  ...facts: Fact<Payload>[]
): Promise<void> {
  if (facts.length === 0) return
  const rows = facts.map(({ aggregate, payload, occurredAt, person }) => ({
    aggregate_type: aggregate.type,
    aggregate_id: aggregate.id,
    person,
    payload: schema.parse(payload),
    occurred_at: occurredAt,
  }))
  const data = JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  await tx.$executeRaw`
    WITH event AS (
      INSERT INTO outbox_events
        (aggregate_type, aggregate_id, person_telegram_id, type, version, payload, actor, request_id,
          occurred_at)
      SELECT aggregate_type, aggregate_id, person, ${type}, ${version}, payload, ${actor},
        ${requestId ?? null}, occurred_at
      FROM jsonb_to_recordset(${data}::jsonb) AS fact (aggregate_type text, aggregate_id text,
        person bigint, payload jsonb, occurred_at timestamptz)
      RETURNING id, sequence, aggregate_type, aggregate_id
    ), delivery AS (
      INSERT INTO outbox_deliveries (event_id, subscriber, aggregate_type, aggregate_id, sequence)
      SELECT id, subscriber, aggregate_type, aggregate_id, sequence
      FROM event, unnest(${subscribers.toSorted()}::text[]) AS subscriber
      RETURNING subscriber, aggregate_type, aggregate_id
    ), stream AS (
      SELECT DISTINCT subscriber, aggregate_type, aggregate_id FROM delivery
    )
    SELECT graphile_worker.add_job(
      ${deliveryTask},
      json_build_object('subscriber', subscriber, 'aggregateType', aggregate_type, 'aggregateId', aggregate_id),
      job_key := concat_ws('/', subscriber, aggregate_type, aggregate_id),
      job_key_mode := 'preserve_run_at'
    ) FROM stream`
}
