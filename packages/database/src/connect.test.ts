import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isUnavailable } from './failures.ts'
import { withClient } from './migrate.ts'
import { openGroups } from './test-client.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { transact } from './transact.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(['groups'])
})
afterAll(() => server.stop())

const author = { actor: 'user:1' }
const group = { name: 'G', language: 'en', level: 'A1', teacherTelegramId: 1n, capacity: 5 }
const failure = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing',
    (error: unknown) => error,
  )

test.each([
  'ALTER DATABASE groups SET timezone TO',
  'ALTER ROLE groups IN DATABASE groups SET timezone TO',
])('instants are right where somebody set another zone: %s', async (set) => {
  await withClient(server.adminUrl, (admin) => admin.query(`${set} 'Asia/Tokyo'`))
  const db = await openGroups(server, { max: 1 })
  try {
    const createdAt = new Date('2026-10-20T15:30:00.123Z')
    const { id } = await transact(db, author, (tx) =>
      tx.group.create({ data: { ...group, createdAt } }),
    )
    const [found] = await db.group.findMany({ where: { createdAt } })
    expect(found).toMatchObject({ id, createdAt })
    const [stored] = await server.run(
      'groups',
      `SELECT created_at = '${createdAt.toISOString()}' AS is_right FROM groups WHERE id = '${id}'`,
    )
    expect(stored).toEqual({ is_right: true })
    await transact(db, author, (tx) => tx.group.delete({ where: { id } }))
  } finally {
    await db.close()
    await withClient(server.adminUrl, (admin) => admin.query(`${set} DEFAULT`))
  }
})

test('a role’s zone is UTC, also where a pooler drops what the client asks for', async () => {
  const set = 'ALTER DATABASE groups SET timezone TO'
  await withClient(server.adminUrl, (admin) => admin.query(`${set} 'Asia/Tokyo'`))
  const zone = `SELECT current_setting('timezone') AS zone`
  expect(await server.run('groups', zone)).toEqual([{ zone: 'UTC' }])
  await withClient(server.adminUrl, (admin) => admin.query(`${set} DEFAULT`))
})

test('when all connections are in use, the database is unavailable', async () => {
  const db = await openGroups(server, { max: 1, connectionTimeoutMs: 100 })
  const held = await db.pool.connect()
  const failures = await Promise.all([
    failure(db.group.findMany()),
    failure(db.$queryRaw`SELECT 1`),
    failure(db.pool.query('SELECT 1')),
    failure(transact(db, author, (tx) => tx.group.findMany())),
  ])
  expect(failures.map(isUnavailable)).toEqual([true, true, true, true])
  held.release()
  expect(await db.group.findMany()).toEqual([])
  await db.close()
})

test('lists of many lengths are not prepared, and what comes often is', async () => {
  const db = await openGroups(server, { max: 1 })
  const ids = Array.from({ length: 60 }, () => randomUUID())
  for (let length = 1; length <= ids.length; length++) {
    await db.group.findMany({ where: { id: { in: ids.slice(0, length) } } })
  }
  for (let rows = 2; rows <= 5; rows++) {
    await transact(db, author, (tx) => tx.group.createMany({ data: Array(rows).fill(group) }))
  }
  const { rows } = await db.pool.query('SELECT statement FROM pg_prepared_statements')
  const prepared = rows.map((row) => String(row.statement))
  expect(prepared.filter((sql) => sql.includes(' IN ('))).toHaveLength(8)
  expect(prepared.filter((sql) => sql.startsWith('INSERT'))).toEqual([])
  expect(prepared.filter((sql) => sql.includes('classgram.actor'))).toHaveLength(1)
  await db.close()
})

test('each wait ends before the one around it: lock, statement, transaction with its retries', async () => {
  const db = await openGroups(server, { max: 10 })
  const { id } = await transact(db, author, (tx) => tx.group.create({ data: group }))
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holder = transact(db, author, async (tx) => {
    await tx.group.update({ where: { id }, data: { name: 'held' } })
    locked.resolve()
    await release.promise
  })
  await locked.promise

  const outcome = async (act: () => Promise<unknown>) => {
    const started = performance.now()
    const error = await failure(act())
    return { seconds: (performance.now() - started) / 1000, isUnavailable: isUnavailable(error) }
  }
  const within = (seconds: number) => ({
    seconds: expect.closeTo(seconds + 0.4, 0),
    isUnavailable: true,
  })
  let attempts = 0
  const outcomes = await Promise.all([
    outcome(() =>
      transact(db, author, (tx) => tx.group.update({ where: { id }, data: { name: 'x' } })),
    ).finally(release.resolve),
    outcome(() => db.$queryRaw`SELECT pg_sleep(20)`),
    outcome(() =>
      transact(db, author, async (tx) => {
        for (;;) await tx.$executeRaw`SELECT pg_sleep(3)`
      }),
    ),
    outcome(() =>
      transact(db, author, async (tx) => {
        attempts++
        await tx.$executeRaw`SELECT pg_sleep(3)`
        await tx.$executeRaw`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`
      }),
    ),
  ])
  await holder
  expect(outcomes).toEqual([within(3), within(5), within(8), within(8)])
  expect(attempts).toBe(3)
  expect(await db.group.findMany({ where: { id } })).toMatchObject([{ name: 'held' }])
  await db.close()
})
