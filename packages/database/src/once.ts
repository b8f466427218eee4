import { createHash } from 'node:crypto'
import { badUserInput, conflict } from '@classgram/errors'
import type pg from 'pg'
import { inPortions } from './portions.ts'

const longestKey = 200

/** For how long a client may come back with a key. */
const keyLifeMs = 7 * 24 * 60 * 60 * 1000

/** What this needs of the client inside a transaction. */
interface OnceTransaction {
  $queryRaw<R>(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<R>
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

interface Keyed {
  idempotencyKey?: string | null
}

/**
 * What a mutation with this key created before. Ask it first of all: a retry must not be refused
 * because the world has changed since the first attempt went through.
 *
 * @returns undefined when the key is new, or there is none
 * @throws as `once`
 */
export async function replay<Row>(
  db: Pick<OnceTransaction, '$queryRaw'>,
  { actor }: { actor: string },
  operation: string,
  input: Keyed,
  find: (id: string) => Promise<Row>,
): Promise<Row | undefined> {
  const key = parseKey(input)
  if (key === undefined) return undefined
  const hash = fingerprint(input)
  const [earlier] = await db.$queryRaw<{ same: boolean; id: string }[]>`
    SELECT request_hash = ${hash} AS same, response->>'id' AS id FROM idempotency_keys
    WHERE actor = ${actor} AND operation = ${operation} AND key = ${key}`
  if (!earlier) return undefined
  if (!earlier.same) {
    throw conflict('IDEMPOTENCY_KEY_REUSED', 'This idempotency key came with another input before.')
  }
  return find(earlier.id)
}

/**
 * Lets a client repeat a creating mutation without creating twice. Of two requests with one key the
 * second waits for the first's transaction, then gets what the first created.
 *
 * @param operation name of the mutation: keys of different mutations, and of different people, are apart
 * @param input the mutation's input; without an `idempotencyKey` in it every call creates. Its hash is
 * stored: personal data that must not be guessed from it goes in as a keyed hash.
 * @throws BAD_USER_INPUT for a key that is none; CONFLICT `IDEMPOTENCY_KEY_REUSED` when the key came
 * with another input before
 */
export async function once<Row extends { id: string }>(
  tx: OnceTransaction,
  author: { actor: string },
  operation: string,
  input: Keyed,
  { create, find }: { create: () => Promise<Row>; find: (id: string) => Promise<Row> },
): Promise<Row> {
  const key = parseKey(input)
  if (key === undefined) return create()
  const { actor } = author
  const claimed = await tx.$executeRaw`
    INSERT INTO idempotency_keys (actor, operation, key, request_hash)
    VALUES (${actor}, ${operation}, ${key}, ${fingerprint(input)}) ON CONFLICT DO NOTHING`
  if (claimed === 0) {
    const earlier = await replay(tx, author, operation, input, find)
    if (earlier) return earlier
    throw new Error('an idempotency key vanished while it was looked at')
  }
  const row = await create()
  await tx.$executeRaw`
    UPDATE idempotency_keys SET response = jsonb_build_object('id', ${row.id}::text)
    WHERE actor = ${actor} AND operation = ${operation} AND key = ${key}`
  return row
}

/**
 * Forgets the keys that are older than a week: what is repeated after that long is a new request. Who
 * does this at the same time takes other keys.
 */
export async function removeOldKeys(
  pool: Pick<pg.Pool, 'query'>,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const before = new Date(now.getTime() - keyLifeMs)
  await inPortions(async (most) => {
    const { rowCount } = await pool.query(
      `DELETE FROM idempotency_keys WHERE (actor, operation, key) IN (
        SELECT actor, operation, key FROM idempotency_keys WHERE created_at < $1
        ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [before, most],
    )
    return rowCount ?? 0
  }, signal)
}

function parseKey({ idempotencyKey: key }: Keyed): string | undefined {
  if (key == null) return undefined
  if (key === '' || key.length > longestKey || key.includes('\0')) {
    throw badUserInput('input.idempotencyKey', `A key has 1 to ${longestKey} characters.`)
  }
  return key
}

function fingerprint(input: object): Buffer {
  return createHash('sha256').update(canonical(input)).digest()
}

/** The same text for the same input, however the client ordered its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return String(part)
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
