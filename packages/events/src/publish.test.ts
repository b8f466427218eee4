import { afterAll, beforeAll, expect, test } from 'vitest'
import { publish } from './publish.ts'
import { asTransaction, at, fact, happened, type Outbox, openOutbox } from './test-outbox.ts'

let outbox: Outbox
beforeAll(async () => {
  outbox = await openOutbox()
})
afterAll(() => outbox.close())

const author = { actor: 'user:5', requestId: 'request-1' }
const jobs = () =>
  outbox.read(`SELECT key FROM graphile_worker.jobs WHERE key LIKE '%/first' ORDER BY key`)

test('an event, its deliveries and their jobs are written by one statement', async () => {
  const statements: unknown[] = []
  await outbox.inTransaction((client) => {
    const tx = asTransaction(client)
    const counting: typeof tx = {
      $executeRaw(query, ...values) {
        statements.push(query)
        return tx.$executeRaw(query, ...values)
      },
    }
    return publish(counting, author, happened, fact('first', 1))
  })
  expect(statements).toHaveLength(1)
  expect(
    await outbox.read(
      `SELECT aggregate_type, type, version, payload, actor, request_id, occurred_at
       FROM outbox_events WHERE aggregate_id = 'first'`,
    ),
  ).toEqual([
    {
      aggregate_type: 'group',
      type: 'groups.happened',
      version: 1,
      payload: { n: 1 },
      actor: 'user:5',
      request_id: 'request-1',
      occurred_at: at,
    },
  ])
  expect(await jobs()).toEqual([{ key: 'students/group/first' }, { key: 'teachers/group/first' }])
})

test('more events of an aggregate wait for the same job', async () => {
  await outbox.tell('first', 2)
  expect(await jobs()).toHaveLength(2)
  const rows = await outbox.read(
    `SELECT count(*)::int FROM outbox_deliveries WHERE aggregate_id = 'first'`,
  )
  expect(rows).toEqual([{ count: 4 }])
})

test('many events are told by one statement, in their order', async () => {
  const facts = Array.from({ length: 300 }, (_, index) => fact(index % 2 ? 'odd' : 'even', index))
  let statements = 0
  await outbox.inTransaction((client) => {
    const tx = asTransaction(client)
    const counting: typeof tx = {
      $executeRaw(query, ...values) {
        statements++
        return tx.$executeRaw(query, ...values)
      },
    }
    return publish(counting, author, happened, ...facts)
  })
  expect(statements).toBe(1)
  const told = await outbox.read<{ n: number }>(
    `SELECT (payload->>'n')::int AS n FROM outbox_events WHERE aggregate_id IN ('odd', 'even')
     ORDER BY sequence`,
  )
  expect(told.map(({ n }) => n)).toEqual(facts.map((_, index) => index))
  const jobs = await outbox.read(
    `SELECT FROM graphile_worker.jobs WHERE key LIKE '%/odd' OR key LIKE '%/even'`,
  )
  expect(jobs).toHaveLength(4)
})

test('no event is told by no statement', async () => {
  const tx = { $executeRaw: () => Promise.reject(new Error('asked')) }
  await expect(publish(tx, author, happened)).resolves.toBeUndefined()
})

test('a transaction that is rolled back tells nothing', async () => {
  const rolledBack = outbox.inTransaction(async (client) => {
    await publish(asTransaction(client), author, happened, fact('never', 1))
    throw new Error('changed our mind')
  })
  await expect(rolledBack).rejects.toThrow('changed our mind')
  const rows = await outbox.read(
    `SELECT (SELECT count(*) FROM outbox_events WHERE aggregate_id = 'never')
       + (SELECT count(*) FROM outbox_deliveries WHERE aggregate_id = 'never')
       + (SELECT count(*) FROM graphile_worker.jobs WHERE key LIKE '%/never') AS traces`,
  )
  expect(rows).toEqual([{ traces: '0' }])
})

test('what does not fit the event is not told', async () => {
  await expect(outbox.tell('wrong', 'one' as never)).rejects.toThrow()
})
