import { deliveryTask, jobKeyOf, type Stream } from './stream.ts'

/** What this needs of a pool or a client. */
export interface Queryable {
  query(sql: string, values?: unknown[]): Promise<{ rows: Stream[] }>
}

/**
 * Makes sure of a job for every stream whose first event is due. A job is only what wakes: what has
 * to be delivered stands in `outbox_deliveries`, so a job that died with its process is no loss.
 *
 * Each stream is woken by a statement of its own: who locks the jobs of many deadlocks with who publishes.
 *
 * @returns how many streams had no job that waits for a worker
 */
export async function wakeDueStreams(db: Queryable): Promise<number> {
  const { rows } = await db.query(
    `SELECT subscriber, aggregate_type AS "aggregateType", aggregate_id AS "aggregateId"
     FROM (
       SELECT DISTINCT ON (subscriber, aggregate_type, aggregate_id) * FROM outbox_deliveries
       ORDER BY subscriber, aggregate_type, aggregate_id, sequence
     ) AS first
     WHERE parked_at IS NULL AND next_attempt_at <= clock_timestamp() AND NOT EXISTS (
       SELECT FROM graphile_worker.jobs
       WHERE key = concat_ws('/', subscriber, aggregate_type, aggregate_id)
         AND locked_at IS NULL AND attempts < max_attempts AND run_at <= clock_timestamp())`,
  )
  for (const stream of rows) {
    await db.query('SELECT graphile_worker.add_job($1::text, $2::json, job_key := $3::text)', [
      deliveryTask,
      JSON.stringify(stream),
      jobKeyOf(stream),
    ])
  }
  return rows.length
}
