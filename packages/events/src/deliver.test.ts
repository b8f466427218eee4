import { afterAll, beforeAll, expect, test } from 'vitest'
import { numberOf, type Outbox, openOutbox } from './test-outbox.ts'

let outbox: Outbox
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox.close())

const slow = { firstMs: 60_000, longestMs: 60_000, giveUpMs: 600_000 }
const arrives = async () => {}
const fails = async () => {
  throw new Error('teachers answered HTTP 500')
}
const rowOf = async (id: string) =>
  (
    await outbox.read<Record<string, unknown>>(
      `SELECT attempts, last_error, parked_at FROM outbox_deliveries
       WHERE subscriber = 'teachers' AND aggregate_id = $1 ORDER BY sequence LIMIT 1`,
      [id],
    )
  )[0]
const isDue = (id: string) =>
  outbox.read(
    `UPDATE outbox_deliveries SET next_attempt_at = now() WHERE aggregate_id = $1 RETURNING 1`,
    [id],
  )

test('events of an aggregate are sent in the order in which they were told', async () => {
  const sent: number[] = []
  for (const n of [1, 2, 3, 4, 5]) await outbox.tell('order', n)
  for (let step = 0; step < 5; step++) {
    expect(await outbox.step('order', async (event) => void sent.push(numberOf(event)))).toEqual(
      expect.objectContaining({ outcome: 'delivered' }),
    )
  }
  expect(sent).toEqual([1, 2, 3, 4, 5])
  expect(await outbox.step('order', arrives)).toEqual({ outcome: 'empty' })
})

test('one that fails holds up those behind it, and no other aggregate', async () => {
  for (const n of [1, 2]) await outbox.tell('stuck', n)
  await outbox.tell('free', 1)
  expect(await outbox.step('stuck', fails, slow)).toMatchObject({ outcome: 'failed' })
  expect(await outbox.step('stuck', arrives)).toEqual({ outcome: 'waiting' })
  expect(await rowOf('stuck')).toMatchObject({
    attempts: 1,
    last_error: 'teachers answered HTTP 500',
  })
  expect(await outbox.step('free', arrives)).toMatchObject({ outcome: 'delivered' })

  await isDue('stuck')
  const sent: number[] = []
  const send = async (event: Parameters<typeof numberOf>[0]) => void sent.push(numberOf(event))
  await outbox.step('stuck', send)
  await outbox.step('stuck', send)
  expect(sent).toEqual([1, 2])
})

test('a failed one is tried again when its time has come, by a job of its own', async () => {
  await outbox.tell('again', 1)
  await outbox.read(`DELETE FROM graphile_worker._private_jobs WHERE key = 'teachers/group/again'`)
  await outbox.step('again', fails, slow)
  const [job] = await outbox.read<{ wait: number }>(
    `SELECT extract(epoch FROM run_at - now())::float8 AS wait FROM graphile_worker.jobs
     WHERE key = 'teachers/group/again'`,
  )
  expect(job?.wait).toBeGreaterThan(25)
  expect(job?.wait).toBeLessThan(61)
})

test('one that fails for too long is parked, and its aggregate stands still', async () => {
  for (const n of [1, 2]) await outbox.tell('parked', n)
  const hasty = { firstMs: 1, longestMs: 1, giveUpMs: 0 }
  expect(await outbox.step('parked', fails, hasty)).toMatchObject({ outcome: 'given up' })
  expect(await rowOf('parked')).toMatchObject({ parked_at: expect.any(Date) })
  await isDue('parked')
  expect(await outbox.step('parked', arrives)).toEqual({ outcome: 'parked' })
})

test('of two at one aggregate, one waits: nothing is sent twice, nothing passes another', async () => {
  const sent: number[] = []
  for (let n = 1; n <= 20; n++) await outbox.tell('two', n)
  const send = async (event: Parameters<typeof numberOf>[0]) => {
    const n = numberOf(event)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
    sent.push(n)
  }
  const walk = async () => {
    while ((await outbox.step('two', send)).outcome === 'delivered');
  }
  await Promise.all([walk(), walk(), walk()])
  expect(sent).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
})
