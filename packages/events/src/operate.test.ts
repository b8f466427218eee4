import { afterAll, beforeAll, expect, test } from 'vitest'
import { listParked, replay, requeue } from './operate.ts'
import { numberOf, type Outbox, openOutbox } from './test-outbox.ts'

let outbox: Outbox
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox.close())

const hasty = { firstMs: 1, longestMs: 1, giveUpMs: 0 }
const fails = async () => {
  throw new Error('teachers answered HTTP 500: no reason')
}
const everything = { subscriber: 'teachers', types: ['groups.happened'], since: new Date(0) }

/** Goes through a stream as a worker would. @returns numbers and whether they were replayed */
async function walk(id: string): Promise<[number, boolean][]> {
  const sent: [number, boolean][] = []
  const send = async (event: Parameters<typeof numberOf>[0]) =>
    void sent.push([numberOf(event), event.isReplay])
  while ((await outbox.step(id, send)).outcome === 'delivered');
  return sent
}

test('parked events are listed, and requeued they arrive in order', async () => {
  for (const n of [1, 2, 3]) await outbox.tell('parked', n)
  await outbox.step('parked', fails, hasty)
  const [parked, ...others] = await listParked(outbox.pool)
  expect(others).toEqual([])
  expect(parked).toMatchObject({
    subscriber: 'teachers',
    type: 'groups.happened',
    aggregate: 'group/parked',
    attempts: 1,
    behind: 2,
    lastError: 'teachers answered HTTP 500: no reason',
  })
  expect(await walk('parked')).toEqual([])

  expect(await requeue(outbox.pool, '00000000-0000-7000-8000-000000000000')).toBe(0)
  expect(await requeue(outbox.pool, parked?.id)).toBe(1)
  expect(await walk('parked')).toEqual([1, 2, 3].map((n) => [n, false]))
  expect(await requeue(outbox.pool)).toBe(0)
})

test('a replay tells one subscriber everything again, in order', async () => {
  for (const n of [1, 2]) await outbox.tell('told', n)
  await walk('told')
  await outbox.tell('told', 3)
  await replay(outbox.pool, everything)
  await outbox.tell('told', 4)
  expect(await walk('told')).toEqual([
    [1, true],
    [2, true],
    [3, true],
    [4, false],
  ])
  const [students] = await outbox.read<{ count: number }>(
    `SELECT count(*)::int FROM outbox_deliveries WHERE subscriber = 'students' AND is_replay`,
  )
  expect(students?.count).toBe(0)
})

test('what was sent, but not confirmed, before a replay is replayed, too', async () => {
  await outbox.tell('lost', 1)
  await outbox.step('lost', fails)
  await replay(outbox.pool, everything)
  await outbox.read(`UPDATE outbox_deliveries SET next_attempt_at = now()`)
  expect(await walk('lost')).toEqual([[1, true]])
})

test('what is being sent when a replay is asked for is sent again', async () => {
  await outbox.tell('meanwhile', 1)
  let replayed: Promise<number> | undefined
  await outbox.step('meanwhile', async () => {
    replayed = replay(outbox.pool, everything)
    await new Promise((resolve) => setTimeout(resolve, 100))
  })
  await replayed
  expect(await walk('meanwhile')).toEqual([[1, true]])
})

test('nothing is replayed that happened before, or is not subscribed to', async () => {
  await outbox.tell('since', 1)
  await walk('since')
  await walk('told')
  await outbox.read(`DELETE FROM outbox_deliveries WHERE subscriber = 'teachers'`)
  const future = new Date('2026-11-20T18:30:00.001Z')
  expect(await replay(outbox.pool, { ...everything, since: future })).toBe(0)
  expect(await replay(outbox.pool, { ...everything, types: ['groups.other'] })).toBe(0)
})
