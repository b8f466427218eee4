import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { once, replay } from './once.ts'
import { type Groups, openGroups } from './test-client.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { transact } from './transact.ts'

let server: TestServer
let db: Awaited<ReturnType<typeof openGroups>>
beforeAll(async () => {
  server = await startTestServer(['groups'])
  db = await openGroups(server, { max: 4 })
})
afterAll(async () => {
  await db?.close()
  await server.stop()
})

const author = { actor: 'user:1' }

interface Input {
  name: string
  capacity?: number
  idempotencyKey?: string | null
}

/** A creating mutation as services write it; counts how often it gets as far as creating. */
function mutation({ actor } = author, operation = 'createGroup') {
  const counts = { created: 0 }
  const find = async (id: string) => (await db.group.findMany({ where: { id } }))[0] ?? { id: '' }
  const create = (input: Input) =>
    transact(db, { actor }, (tx) =>
      once(tx, { actor }, operation, input, {
        create: () => {
          counts.created++
          return insert(tx, input)
        },
        find,
      }),
    )
  return { counts, create, ask: (input: Input) => replay(db, { actor }, operation, input, find) }
}

function insert(tx: Groups, { name, capacity = 5 }: Input) {
  const data = { name, language: 'en', level: 'A1', teacherTelegramId: 1n, capacity }
  return tx.group.create({ data })
}

test('a repeated mutation gives what the first created, however its fields are ordered', async () => {
  const { counts, create, ask } = mutation()
  const idempotencyKey = randomUUID()
  expect(await ask({ name: 'G', idempotencyKey })).toBeUndefined()
  const { id } = await create({ name: 'G', capacity: 7, idempotencyKey })
  expect(await create({ idempotencyKey, capacity: 7, name: 'G' })).toMatchObject({ id })
  expect(await ask({ capacity: 7, name: 'G', idempotencyKey })).toMatchObject({ id })
  expect(counts.created).toBe(1)
})

test('of two at once the second waits, and gets what the first created', async () => {
  const { counts, create } = mutation()
  const input = { name: 'G', idempotencyKey: randomUUID() }
  const [first, second] = await Promise.all([create(input), create(input)])
  expect(second.id).toBe(first.id)
  expect(counts.created).toBe(1)
})

test('the same key with another input is a conflict', async () => {
  const { create, ask } = mutation()
  const idempotencyKey = randomUUID()
  await create({ name: 'G', idempotencyKey })
  const reused = { extensions: { code: 'CONFLICT', reason: 'IDEMPOTENCY_KEY_REUSED' } }
  await expect(create({ name: 'H', idempotencyKey })).rejects.toMatchObject(reused)
  await expect(ask({ name: 'H', idempotencyKey })).rejects.toMatchObject(reused)
})

test('keys of other people and of other mutations are apart; without a key each call creates', async () => {
  const idempotencyKey = randomUUID()
  const ids = [
    await mutation().create({ name: 'G', idempotencyKey }),
    await mutation({ actor: 'user:2' }).create({ name: 'G', idempotencyKey }),
    await mutation(author, 'copyGroup').create({ name: 'G', idempotencyKey }),
    await mutation().create({ name: 'G' }),
    await mutation().create({ name: 'G', idempotencyKey: null }),
  ].map(({ id }) => id)
  expect(new Set(ids).size).toBe(5)
  expect(await mutation().ask({ name: 'G' })).toBeUndefined()
})

test('a failed mutation leaves its key free', async () => {
  const { create, ask } = mutation()
  const idempotencyKey = randomUUID()
  await expect(create({ name: '', idempotencyKey })).rejects.toThrow('groups_name_not_empty')
  expect(await ask({ name: 'G', idempotencyKey })).toBeUndefined()
  await create({ name: 'G', idempotencyKey })
})

test.each(['', 'k'.repeat(201), 'a\0b'])('%j is no key', async (idempotencyKey) => {
  const refused = { extensions: { code: 'BAD_USER_INPUT', field: 'input.idempotencyKey' } }
  const { create, ask } = mutation()
  await expect(create({ name: 'G', idempotencyKey })).rejects.toMatchObject(refused)
  await expect(ask({ name: 'G', idempotencyKey })).rejects.toMatchObject(refused)
})
