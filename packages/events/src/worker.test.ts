import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Send } from './deliver.ts'
import { createEventMetrics } from './metrics.ts'
import { numberOf, type Outbox, openOutbox, quick } from './test-outbox.ts'
import { startWorker, type Worker } from './worker.ts'

let outbox: Outbox
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox.close())

const workers: Worker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})
const lines: Record<string, unknown>[] = []
const logger = pino(
  { level: 'info' },
  { write: (line: string) => void lines.push(JSON.parse(line)) },
)

function start(send: Send): Worker {
  const worker = startWorker({
    service: 'groups',
    databaseUrl: outbox.database.url,
    send,
    backoff: quick,
    metrics: createEventMetrics('groups', outbox.pool),
    logger,
  })
  workers.push(worker)
  return worker
}
const waiting = async () =>
  (await outbox.read<{ count: number }>('SELECT count(*)::int FROM outbox_deliveries'))[0]?.count

/** What was sent to teachers, by aggregate. */
function recorder(before: (subscriber: string) => Promise<void> = async () => {}) {
  const sent = new Map<string, number[]>()
  const send: Send = async (subscriber, event) => {
    await before(subscriber)
    if (subscriber !== 'teachers') return
    sent.set(event.aggregateId, [...(sent.get(event.aggregateId) ?? []), numberOf(event)])
  }
  return { sent, send }
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('two workers on one database deliver everything once and in order', async () => {
  const { sent, send } = recorder()
  start(send)
  start(send)
  const aggregates = upTo(8).map((n) => `shared-${n}`)
  for (const n of upTo(10)) await Promise.all(aggregates.map((id) => outbox.tell(id, n)))
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  expect(Object.fromEntries(sent)).toEqual(
    Object.fromEntries(aggregates.map((id) => [id, upTo(10)])),
  )
})

test('failures are repeated until all has arrived, in order', async () => {
  const { sent, send } = recorder(async () => {
    if (Math.random() < 0.4) throw new Error('bad luck')
  })
  start(send)
  for (const n of upTo(10)) await outbox.tell('unlucky', n)
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  expect(sent.get('unlucky')).toEqual(upTo(10))
})

test('each attempt is one line of the log', async () => {
  lines.length = 0
  start(recorder().send)
  await outbox.tell('logged', 1)
  await expect.poll(waiting, { timeout: 5_000 }).toBe(0)
  const [event] = await outbox.read<{ id: string }>(
    `SELECT id FROM outbox_events WHERE aggregate_id = 'logged'`,
  )
  await expect
    .poll(() =>
      lines.filter((line) => line.eventId === event?.id && line.subscriber === 'teachers'),
    )
    .toEqual([
      expect.objectContaining({
        requestId: 'request-1',
        durationMs: expect.any(Number),
        outcome: 'delivered',
      }),
    ])
})

test('a worker that starts wakes what others left without a job', async () => {
  await outbox.tell('forgotten', 1)
  await outbox.read('DELETE FROM graphile_worker._private_jobs')
  start(recorder().send)
  await expect.poll(waiting, { timeout: 5_000 }).toBe(0)
})

test('a job that its process took to the grave is no loss', async () => {
  await outbox.tell('grave', 1)
  await outbox.read(
    `UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'dead', attempts = 1`,
  )
  start(recorder().send)
  await expect.poll(waiting, { timeout: 5_000 }).toBe(0)
})

test('when all its connections are cut in the midst of it, it goes on by itself', async () => {
  const { sent, send } = recorder(() => new Promise((resolve) => setTimeout(resolve, 20)))
  start(send)
  for (const n of upTo(60)) await outbox.tell(`cut-${n % 3}`, n)
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    await outbox.read(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'groups-jobs'`,
    )
  }
  await expect.poll(waiting, { timeout: 15_000 }).toBe(0)
  for (const id of [0, 1, 2]) {
    // One that was cut off is sent again: never less, and never an earlier one after a later one.
    const told = sent.get(`cut-${id}`) ?? []
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(new Set(told).size).toBe(20)
  }
})

test('when the end of a job cannot be noted, the worker goes on', async () => {
  const holder = await outbox.database.owner.connect()
  const { sent, send } = recorder(async () => {
    if (sent.size > 0) return
    await holder.query('BEGIN; SELECT FROM graphile_worker._private_jobs FOR UPDATE')
  })
  await outbox.tell('noted', 1)
  await outbox.read(`DELETE FROM outbox_deliveries WHERE subscriber = 'students'`)
  start(send)
  const cut = () =>
    outbox.read(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'delete from%'`,
    )
  try {
    await expect.poll(async () => (await cut()).length, { timeout: 5_000 }).toBeGreaterThan(0)
  } finally {
    await holder.query('ROLLBACK')
    holder.release()
  }
  await outbox.tell('noted', 2)
  await expect.poll(waiting, { timeout: 5_000 }).toBe(0)
  expect(sent.get('noted')).toEqual([1, 2])
})

test('a worker whose database is away at first begins when it is there', async () => {
  const [{ name } = { name: '' }] = await outbox.read<{ name: string }>(
    'SELECT current_database() AS name',
  )
  await outbox.tell('early', 1)
  await outbox.read(`ALTER DATABASE ${name} CONNECTION LIMIT 0`)
  start(recorder().send)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await waiting()).toBe(2)
  await outbox.read(`ALTER DATABASE ${name} CONNECTION LIMIT -1`)
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
})

test('one that stops leaves what it has begun to the next', async () => {
  const { sent, send } = recorder(() => new Promise((resolve) => setTimeout(resolve, 50)))
  const first = start(send)
  for (const n of upTo(20)) await outbox.tell('handed', n)
  await expect.poll(() => sent.get('handed')?.length ?? 0).toBeGreaterThan(1)
  const startedAt = performance.now()
  await first.stop()
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  expect(sent.get('handed')?.length).toBeLessThan(20)
  const jobs = await outbox.read(
    `SELECT key FROM graphile_worker.jobs
     WHERE key = 'teachers/group/handed' AND locked_at IS NULL AND run_at <= now()`,
  )
  expect(jobs).toHaveLength(1)
  start(send)
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  expect(sent.get('handed')).toEqual(upTo(20))
})
