import { createHash } from 'node:crypto'
import { badUserInput, conflict } from '@classgram/errors'

const longestKey = 200

/** What this needs of the client inside a transaction. */
interface OnceTransaction {
  $queryRaw<R>(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<R>
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>
}

/**
 * Lets a client repeat a creating mutation without creating twice. Of two requests with one key the
 * second waits for the first's transaction, then gets what the first created.
 *
 * @param operation name of the mutation: keys of different mutations, and of different people, are apart
 * @param input the mutation's input; without an `idempotencyKey` in it every call creates
 * @throws BAD_USER_INPUT for a key that is none; CONFLICT `IDEMPOTENCY_KEY_REUSED` when the key came with another input before
 */
export async function once<Row extends { id: string }>(
  tx: OnceTransaction,
  { actor }: { actor: string },
  operation: string,
  input: { idempotencyKey?: string | null },
  { create, find }: { create: () => Promise<Row>; find: (id: string) => Promise<Row> },
): Promise<Row> {
  const key = input.idempotencyKey
  if (key == null) return create()
  if (key === '' || key.length > longestKey || key.includes('\0')) {
    throw badUserInput('input.idempotencyKey', `A key has 1 to ${longestKey} characters.`)
  }
  const hash = createHash('sha256').update(canonical(input)).digest()
  const claimed = await tx.$executeRaw`
    INSERT INTO idempotency_keys (actor, operation, key, request_hash)
    VALUES (${actor}, ${operation}, ${key}, ${hash}) ON CONFLICT DO NOTHING`
  if (claimed === 0) {
    const [earlier] = await tx.$queryRaw<{ same: boolean; id: string }[]>`
      SELECT request_hash = ${hash} AS same, response->>'id' AS id FROM idempotency_keys
      WHERE actor = ${actor} AND operation = ${operation} AND key = ${key}`
    if (!earlier?.same) {
      throw conflict(
        'IDEMPOTENCY_KEY_REUSED',
        'This idempotency key came with another input before.',
      )
    }
    return find(earlier.id)
  }
  const row = await create()
  await tx.$executeRaw`
    UPDATE idempotency_keys SET response = jsonb_build_object('id', ${row.id}::text)
    WHERE actor = ${actor} AND operation = ${operation} AND key = ${key}`
  return row
}

/** The same text for the same input, however the client ordered its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return String(part)
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
