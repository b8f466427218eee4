import { setTimeout as wait } from 'node:timers/promises'
import { createVault, type KeyRing, type Vault } from './vault.ts'

interface Queryable {
  query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/** What this needs of a `pg` pool. */
export interface Pool extends Queryable {
  connect(): Promise<Queryable & { release: (error?: Error) => void }>
}

/**
 * The sealed columns of each table: `{ users: ['phone'] }` stands for `phone_ciphertext` and
 * `phone_key_id` in `users`, sealed for the purpose `users.phone`. The table's key is `id`, a UUID.
 */
export type SealedColumns = Record<string, string[]>

/** A value that its key does not open: the key is not in the ring, or the value was tampered with. */
interface Unopenable {
  table: string
  id: string
  column: string
  keyId: string
}

export type ReencryptEvent =
  /** Before the first batch of a table and after each: values moved so far, and those to go. */
  | { kind: 'progress'; table: string; moved: number; remaining: number }
  | ({ kind: 'unopenable' } & Unopenable)
  /** At the end, for every key but the current one: how many values it still seals. */
  | { kind: 'old-key'; keyId: string; values: number }

/** Rows: few enough that nobody who wants one of them has to wait long. */
const defaultBatchSize = 200
/** Between two looks at rows that somebody else is writing. */
const pauseMs = 250
/** After so many looks in vain, somebody holds the rows for good. */
const mostPauses = 20

/**
 * Moves all sealed values under the ring's current key while the service goes on reading and writing
 * them: in batches, each one transaction, audited as `system:reencrypt`. It may end at any point, be
 * it killed; the next run goes on from there. Hashes for look-up have a key of their own, and stay.
 *
 * Rows that somebody else is writing are passed over and looked at again; values that cannot be
 * opened are told and left as they are.
 *
 * @param pool connects as the service's role
 */
export async function* reencrypt(
  pool: Pool,
  ring: KeyRing,
  sealed: SealedColumns,
  batchSize: number = defaultBatchSize,
): AsyncGenerator<ReencryptEvent, void> {
  const { current } = ring
  const vault = createVault(ring)
  for (const [table, columns] of Object.entries(sealed)) {
    yield* reencryptTable({ pool, vault, current, table, columns, batchSize })
  }
  const inUse = await countByKey(pool, sealed)
  const oldKeys = new Set([...Object.keys(ring.keys), ...inUse.keys()])
  oldKeys.delete(current)
  for (const keyId of oldKeys) yield { kind: 'old-key', keyId, values: inUse.get(keyId) ?? 0 }
}

/**
 * Tells an operator, line by line, what `reencrypt` does.
 *
 * @returns whether everything is under the current key now
 */
export async function reportReencryption(
  service: string,
  events: AsyncIterable<ReencryptEvent>,
  print: (line: string) => void,
): Promise<boolean> {
  let isComplete = true
  for await (const event of events) {
    if (event.kind === 'progress') {
      print(`${service}.${event.table}: ${event.moved} moved, ${event.remaining} to go`)
    } else if (event.kind === 'unopenable') {
      const { table, id, column, keyId } = event
      print(
        `${service}.${table} ${id}: ${column} cannot be opened with key ${keyId}, left as it is`,
      )
    } else {
      const { keyId, values } = event
      if (values > 0) isComplete = false
      print(
        values > 0
          ? `${service}: key ${keyId} must stay, values sealed with it: ${values}`
          : `${service}: no value uses key ${keyId} any more`,
      )
    }
  }
  return isComplete
}

interface Job {
  pool: Pool
  vault: Vault
  current: string
  table: string
  columns: string[]
  batchSize: number
}

async function* reencryptTable(job: Job): AsyncGenerator<ReencryptEvent, void> {
  const { table } = job
  const unopenable = new Set<string>()
  let moved = 0
  let remaining = await countRemaining(job)
  yield { kind: 'progress', table, moved, remaining }
  for (let pauses = 0; remaining > unopenable.size && pauses < mostPauses; pauses++) {
    if (pauses > 0) await wait(pauseMs)
    let last: string | null = null
    do {
      const batch: Batch = await moveBatch(job, last)
      last = batch.last
      for (const value of batch.unopenable) {
        const name = `${value.column} ${value.id}`
        if (!unopenable.has(name)) yield { kind: 'unopenable', ...value }
        unopenable.add(name)
      }
      if (batch.moved === 0) continue
      moved += batch.moved
      remaining = Math.max(0, remaining - batch.moved)
      pauses = 0
      yield { kind: 'progress', table, moved, remaining }
    } while (last)
    remaining = await countRemaining(job)
  }
}

interface Batch {
  moved: number
  unopenable: Unopenable[]
  /** Id of the last row; null when there was none. */
  last: string | null
}

/** One transaction: the next rows after `after`. A batch begun by somebody who died is undone by Postgres. */
async function moveBatch(job: Job, after: string | null): Promise<Batch> {
  const client = await job.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    await client.query(`SELECT set_config('classgram.actor', 'system:reencrypt', true)`)
    const batch = await moveRows(client, job, after)
    await client.query('COMMIT')
    return batch
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}

async function moveRows(client: Queryable, job: Job, after: string | null): Promise<Batch> {
  const { vault, current, table, columns, batchSize } = job
  // Not FOR UPDATE: references to these rows, like a new session's to its user, need not wait.
  const { rows } = await client.query(
    `SELECT id, ${columns.map((name) => `${name}_ciphertext, ${name}_key_id`).join(', ')}
       FROM ${table}
      WHERE id > $2 AND (${columns.map(isOld).join(' OR ')})
      ORDER BY id LIMIT $3
        FOR NO KEY UPDATE SKIP LOCKED`,
    [current, after ?? '00000000-0000-0000-0000-000000000000', batchSize],
  )
  const unopenable: Unopenable[] = []
  let moved = 0
  // By row, then by column: the new ciphertext, or null to leave the value as it is.
  const resealed = rows.map((row) =>
    columns.map((column) => {
      const keyId = row[`${column}_key_id`]
      if (typeof keyId !== 'string' || keyId === current) return null
      const purpose = `${table}.${column}`
      const ciphertext = row[`${column}_ciphertext`] as Uint8Array<ArrayBuffer>
      const text = open(() => vault.open({ ciphertext, keyId }, purpose))
      if (text === undefined) {
        unopenable.push({ table, id: String(row.id), column, keyId })
        return null
      }
      moved++
      return Buffer.from(vault.seal(text, purpose).ciphertext)
    }),
  )
  if (moved > 0) {
    const changes = columns.map(
      (name) => `
        ${name}_ciphertext = coalesce(resealed.${name}, stored.${name}_ciphertext),
        ${name}_key_id = CASE WHEN resealed.${name} IS NULL THEN stored.${name}_key_id ELSE $1 END`,
    )
    await client.query(
      `UPDATE ${table} stored SET ${changes.join(',')}
         FROM unnest($2::uuid[], ${columns.map((_, n) => `$${n + 3}::bytea[]`).join(', ')})
              resealed (id, ${columns.join(', ')})
        WHERE stored.id = resealed.id`,
      [
        current,
        rows.map((row) => row.id),
        ...columns.map((_, n) => resealed.map((values) => values[n] ?? null)),
      ],
    )
  }
  return { moved, unopenable, last: rows.length > 0 ? String(rows.at(-1)?.id) : null }
}

/** What the error says is nothing for an operator, and may not be for anybody's eyes. */
function open(act: () => string): string | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

/** SQL: the column's value is sealed with another key than `$1`. */
function isOld(column: string): string {
  return `${column}_key_id <> $1`
}

async function countRemaining({ pool, table, columns, current }: Job): Promise<number> {
  const counts = columns.map((name) => `count(*) FILTER (WHERE ${isOld(name)})`)
  const { rows } = await pool.query(`SELECT ${counts.join(' + ')} AS remaining FROM ${table}`, [
    current,
  ])
  return Number(rows[0]?.remaining)
}

async function countByKey(pool: Pool, sealed: SealedColumns): Promise<Map<string, number>> {
  const columns = Object.entries(sealed).flatMap(([table, names]) =>
    names.map((name) => `SELECT ${name}_key_id AS key_id FROM ${table}`),
  )
  const { rows } = await pool.query(
    `SELECT key_id, count(*) AS values FROM (${columns.join(' UNION ALL ')}) AS used
      WHERE key_id IS NOT NULL GROUP BY key_id ORDER BY key_id`,
  )
  return new Map(rows.map((row) => [String(row.key_id), Number(row.values)]))
}
