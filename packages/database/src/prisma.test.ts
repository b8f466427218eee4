import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { violatedConstraint } from './failures.ts'
import { type Groups, openGroups } from './test-client.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { transact } from './transact.ts'

const statements: string[] = []
let server: TestServer
let db: Awaited<ReturnType<typeof openGroups>>

beforeAll(async () => {
  server = await startTestServer(['groups'])
  db = await openGroups(server, { max: 4, onStatement: (sql) => statements.push(sql) })
})
afterAll(async () => {
  await db?.close()
  await server.stop()
})

const author = { actor: 'user:1', requestId: 'r1' }
const teacher = 9_007_199_254_740_993n
const student = 9_007_199_254_740_995n
const group = { name: 'G', language: 'en', level: 'A1', teacherTelegramId: teacher, capacity: 5 }
const members = { create: [{ studentTelegramId: student, status: 'ACTIVE', joinedAt: new Date() }] }

test('a transaction names its author in its first statement', async () => {
  statements.length = 0
  await transact(db, author, (tx) => tx.group.create({ data: group }))
  expect(statements).toHaveLength(4)
  expect(statements[0]).toBe('BEGIN')
  expect(statements[1]).toContain('classgram.actor')
  expect(statements[3]).toBe('COMMIT')
})

test('telegram ids beyond 2^53 survive relations', async () => {
  const { id } = await transact(db, author, (tx) =>
    tx.group.create({ data: { ...group, members } }),
  )
  const [found] = await db.group.findMany({ where: { id }, include: { members: true } })
  expect(found?.teacherTelegramId).toBe(teacher)
  expect(found?.members[0]?.studentTelegramId).toBe(student)
})

test('what fails is undone altogether, and the author is forgotten', async () => {
  const name = randomUUID()
  const failing = transact(db, author, async (tx) => {
    await tx.group.create({ data: { ...group, name } })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await db.group.findMany({ where: { name } })).toEqual([])
  await expect(db.group.create({ data: group })).rejects.toThrow('set classgram.actor first')
})

test('of two transactions that lock each other out, both succeed in the end', async () => {
  const ids = [
    (await transact(db, author, (tx) => tx.group.create({ data: group }))).id,
    (await transact(db, author, (tx) => tx.group.create({ data: group }))).id,
  ]
  let arrived = 0
  let attempts = 0
  const both = Promise.withResolvers<void>()
  const inOrder = (order: string[]) =>
    transact(db, author, async (tx) => {
      attempts++
      for (const id of order) {
        await tx.group.update({ where: { id }, data: { capacity: { increment: 1 } } })
        if (++arrived >= 2) both.resolve()
        await both.promise
      }
    })
  await Promise.all([inOrder(ids), inOrder(ids.toReversed())])
  expect(attempts).toBe(3)
})

test('a refusal takes the place of the constraint that it is for, once all is rolled back', async () => {
  const create = (data: object) =>
    transact(db, author, (tx) => tx.group.create({ data }), {
      async groups_capacity_in_range() {
        const [row] = await db.$queryRaw<{ busy: bigint }[]>`
            SELECT count(*) AS busy FROM pg_stat_activity
            WHERE state LIKE 'idle in transaction%' AND datname = current_database()`
        return new Error(`too many seats, ${row?.busy} transactions open`)
      },
    })
  await expect(create({ ...group, capacity: 0 })).rejects.toThrow(
    'too many seats, 0 transactions open',
  )
  const other = await create({ ...group, language: '-' }).catch((error: unknown) => error)
  expect(violatedConstraint(other)).toBe('groups_language_is_bcp47')
})

test('a violated constraint is recognised by name, of every kind and through every call', async () => {
  const { id } = await transact(db, author, (tx) =>
    tx.group.create({ data: { ...group, members } }),
  )
  const violation = (act: (tx: Groups) => Promise<unknown>) =>
    transact(db, author, act).then(() => 'nothing', violatedConstraint)

  expect(await violation((tx) => tx.group.create({ data: { ...group, capacity: 0 } }))).toBe(
    'groups_capacity_in_range',
  )
  expect(await violation((tx) => tx.group.update({ where: { id }, data: { members } }))).toBe(
    'group_members_one_open_stay',
  )
  expect(await violation((tx) => tx.group.create({ data: { ...group, id } }))).toBe('groups_pkey')
  expect(await violation((tx) => tx.group.delete({ where: { id } }))).toBe(
    'group_members_group_id_fkey',
  )
  expect(await violation(async (tx) => tx.$executeRaw`UPDATE groups SET capacity = 0`)).toBe(
    'groups_capacity_in_range',
  )
  expect(
    await violation((tx) => tx.$queryRaw`UPDATE groups SET id = ${id}::uuid RETURNING id`),
  ).toBe('groups_pkey')
  expect(
    violatedConstraint(await db.$queryRaw`SELECT 1 / 0`.catch((e: unknown) => e)),
  ).toBeUndefined()
})
