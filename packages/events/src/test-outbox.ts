import { cloneDatabase, type TestDatabase } from '@classgram/test/kit'
import pg from 'pg'
import { z } from 'zod'
import type { Backoff } from './backoff.ts'
import { defineEvent } from './define-event.ts'
import { deliverNext, type OutgoingEvent, type Step } from './deliver.ts'
import { publish } from './publish.ts'

/** Something that happens in tests. */
export const happened = defineEvent({
  type: 'groups.happened',
  version: 1,
  payload: z.object({ n: z.number() }),
  subscribers: ['teachers', 'students'],
})

const author = { actor: 'system:test', requestId: 'request-1' }
export const at = new Date('2026-11-20T18:30:00.000Z')
export const quick: Backoff = { firstMs: 10, longestMs: 20, giveUpMs: 60_000 }

export interface Outbox {
  database: TestDatabase
  /** As the service's role. */
  pool: pg.Pool
  inTransaction: <R>(act: (client: pg.PoolClient) => Promise<R>) => Promise<R>
  /** Tells of `n` about an aggregate, in a transaction of its own. */
  tell: (aggregateId: string, n: number, definition?: typeof happened) => Promise<void>
  /** One step through the stream of an aggregate to teachers. */
  step: (
    aggregateId: string,
    send: (event: OutgoingEvent) => Promise<void>,
    backoff?: Backoff,
  ) => Promise<Step>
  read: <Row>(sql: string, values?: unknown[]) => Promise<Row[]>
  close: () => Promise<void>
}

/** The outbox of the groups service, in a database of this test's own. */
export async function openOutbox(): Promise<Outbox> {
  const database = await cloneDatabase('groups')
  const pool = new pg.Pool({ connectionString: database.url, max: 8 })
  pool.on('error', () => {})
  const withClient = async <R>(act: (client: pg.PoolClient) => Promise<R>) => {
    const client = await pool.connect()
    try {
      return await act(client)
    } finally {
      client.release()
    }
  }
  const inTransaction: Outbox['inTransaction'] = (act) =>
    withClient(async (client) => {
      await client.query('BEGIN')
      try {
        const result = await act(client)
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    })
  return {
    database,
    pool,
    inTransaction,
    tell: (id, n, definition = happened) =>
      inTransaction((client) => publish(asTransaction(client), author, definition, fact(id, n))),
    step: (aggregateId, send, backoff = quick) =>
      withClient((client) =>
        deliverNext(
          client,
          { subscriber: 'teachers', aggregateType: 'group', aggregateId },
          { send: (_, event) => send(event), backoff },
        ),
      ),
    read: async <Row>(sql: string, values: unknown[] = []) =>
      (await database.owner.query(sql, values)).rows as Row[],
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}

export function fact(aggregateId: string, n: number) {
  return { aggregate: { type: 'group', id: aggregateId }, payload: { n }, occurredAt: at }
}

/** Speaks to pg as the services speak to Prisma. */
export function asTransaction(client: pg.PoolClient) {
  return {
    async $executeRaw(query: TemplateStringsArray, ...values: unknown[]) {
      const sql = query.reduce((before, part, index) => `${before}$${index}${part}`)
      return (await client.query(sql, values)).rowCount ?? 0
    },
  }
}

/** The number that a test event tells of. */
export function numberOf({ payload }: OutgoingEvent): number {
  return happened.payload.parse(payload).n
}
