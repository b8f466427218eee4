import { cloneDatabase, type TestDatabase } from '@classgram/test/kit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { IncomingEvent } from './cloud-event.ts'
import { defineEvent, UnacceptableEventError } from './define-event.ts'
import { receive, subscribe } from './receive.ts'
import { asTransaction, at, happened } from './test-outbox.ts'

let database: TestDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await cloneDatabase('teachers')
  pool = new pg.Pool({ connectionString: database.url, max: 8 })
  await database.owner.query(
    `CREATE TABLE effects (n int); GRANT SELECT, INSERT ON effects TO teachers`,
  )
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

type Tx = ReturnType<typeof asTransaction>

/** What `receive` needs of a PrismaClient. */
const db = {
  async $transaction<R>(act: (tx: Tx) => Promise<R>): Promise<R> {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      const result = await act(asTransaction(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
  },
}

/** An effect that shows when it is had twice. */
const count = async (tx: Tx, { n }: { n: number }) => {
  await tx.$executeRaw`INSERT INTO effects (n) VALUES (${n})`
  if (n < 0) throw new Error('no')
}
const once = subscribe(happened, count, { isReplayable: false })
const again = subscribe(happened, count, { isReplayable: true })

const eventOf = (n: number, change: Partial<IncomingEvent> = {}): IncomingEvent => ({
  id: `00000000-0000-7000-8000-${String(Math.abs(n)).padStart(12, '0')}`,
  source: 'groups',
  type: 'groups.happened',
  version: 1,
  data: { n },
  actor: 'user:5',
  requestId: undefined,
  occurredAt: at,
  isReplay: false,
  ...change,
})
const take = (event: IncomingEvent, ...subscriptions: (typeof once)[]) =>
  receive(
    db,
    { subscriber: 'teachers', subscriptions: subscriptions.length > 0 ? subscriptions : [once] },
    event,
  )
const effects = async (n: number) =>
  (await database.owner.query('SELECT FROM effects WHERE n = $1', [n])).rowCount
const inbox = async ({ id }: IncomingEvent) =>
  (await database.owner.query('SELECT FROM inbox_events WHERE event_id = $1', [id])).rowCount

test('an event that comes eight times at once has its effect once', async () => {
  const receptions = await Promise.all(Array.from({ length: 8 }, () => take(eventOf(1))))
  expect(receptions.toSorted()).toEqual([...Array(7).fill('known'), 'taken'])
  expect(await effects(1)).toBe(1)
})

test('one whose effect fails is not known, and may come again', async () => {
  const event = eventOf(-2)
  await expect(take(event)).rejects.toThrow('no')
  expect([await effects(-2), await inbox(event)]).toEqual([0, 0])
  expect(await take({ ...event, data: { n: 2 } })).toBe('taken')
})

test('a replayed one has its effect again where that rebuilds something, and only there', async () => {
  const replayed = eventOf(3, { isReplay: true })
  expect(await take(replayed)).toBe('taken')
  expect(await take(replayed)).toBe('known')
  expect(await take(eventOf(3), again)).toBe('known')
  expect(await take(replayed, again)).toBe('taken')
  expect(await effects(3)).toBe(2)
})

test('a model and an effect of one event: a replay rebuilds the one and spares the other', async () => {
  const tenfold = subscribe(happened, (tx: Tx, { n }) => count(tx, { n: n * 10 }), {
    isReplayable: true,
  })
  expect(await take(eventOf(7), tenfold, once)).toBe('taken')
  expect(await take(eventOf(7), tenfold, once)).toBe('known')
  expect(await take(eventOf(7, { isReplay: true }), tenfold, once)).toBe('taken')
  expect([await effects(70), await effects(7)]).toEqual([2, 1])
})

test('older versions are taken in as those of today', async () => {
  const renumbered = defineEvent({
    ...happened,
    version: 2,
    upgrades: { 1: (older) => ({ n: z.object({ number: z.number() }).parse(older).number }) },
  })
  const subscription = subscribe(renumbered, count, { isReplayable: false })
  expect(await take(eventOf(4, { data: { number: 4 } }), subscription)).toBe('taken')
  expect(await take(eventOf(5, { version: 2 }), subscription)).toBe('taken')
  expect([await effects(4), await effects(5)]).toEqual([1, 1])
})

test.each([
  ['of a type that nobody here subscribes to', { type: 'groups.unheard-of' }],
  ['of a version from the future', { version: 2 }],
  ['that does not fit', { data: { n: 'six' } }],
])('one %s is refused, and nothing is written', async (_, change) => {
  const event = eventOf(6, change)
  await expect(take(event)).rejects.toThrow(UnacceptableEventError)
  expect(await inbox(event)).toBe(0)
})
