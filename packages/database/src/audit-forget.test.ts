import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(['students', 'auth'])
})
afterAll(() => server.stop())
beforeEach(() => run('DELETE FROM students', 'system:test'))

const run = (sql: string, actor?: string) => server.run('students', sql, actor)
const add = (person: number) =>
  run(
    `INSERT INTO students (telegram_id, timezone) VALUES (${person}, 'Asia/Tokyo')`,
    'system:test',
  )
const trail = (person: number) =>
  run(
    `SELECT actor, action, table_name, row_id, request_id, before, after FROM audit_log
     WHERE person_telegram_id = ${person} ORDER BY created_at, id`,
  )

test('who is forgotten: what happened stays, the data does not, and that it was forgotten is told', async () => {
  await add(1)
  await run(`UPDATE students SET timezone = 'UTC' WHERE telegram_id = 1`, 'user:1')
  expect(await run('SELECT audit_forget(1) AS rows', 'service:auth')).toEqual([{ rows: '2' }])

  const emptied = { table_name: 'students', before: null, after: null }
  expect(await trail(1)).toEqual([
    expect.objectContaining({ ...emptied, action: 'INSERT', actor: 'system:test' }),
    expect.objectContaining({ ...emptied, action: 'UPDATE', actor: 'user:1' }),
    {
      actor: 'service:auth',
      action: 'UPDATE',
      table_name: 'audit_log',
      row_id: '1',
      request_id: 'r1',
      before: null,
      after: { forgotten: 2 },
    },
  ])
})

test('nobody else is forgotten', async () => {
  await add(2)
  await add(3)
  await run('SELECT audit_forget(2)', 'service:auth')
  expect(await trail(3)).toMatchObject([
    { action: 'INSERT', after: { telegram_id: 3, timezone: 'Asia/Tokyo' } },
  ])
})

test('forgetting again tells so again, and keeps what was told before', async () => {
  await add(4)
  await run('SELECT audit_forget(4)', 'service:auth')
  expect(await run('SELECT audit_forget(4) AS rows', 'service:auth')).toEqual([{ rows: '0' }])
  expect((await trail(4)).map(({ after }) => after)).toEqual([
    null,
    { forgotten: 1 },
    { forgotten: 0 },
  ])
})

test('a change that is rolled back forgets nothing', async () => {
  await add(5)
  const failing = run('SELECT audit_forget(5); SELECT 1 / 0', 'service:auth')
  await expect(failing).rejects.toThrow('division by zero')
  expect(await trail(5)).toMatchObject([{ after: { telegram_id: 5 } }])
})

test('nobody forgets without a name, or without naming whom', async () => {
  await add(6)
  await expect(run('SELECT audit_forget(6)')).rejects.toThrow('set classgram.actor first')
  await expect(run('SELECT audit_forget(NULL)', 'service:auth')).rejects.toMatchObject({
    code: '22004',
  })
  expect(await trail(6)).toMatchObject([{ after: { telegram_id: 6 } }])
})

test('of all roles, only the service’s own may forget', async () => {
  const [roles] = await run(
    `SELECT array_agg(rolname::text ORDER BY rolname) AS may FROM pg_roles
     WHERE NOT rolsuper AND has_function_privilege(oid, 'audit_forget(bigint)', 'EXECUTE')`,
  )
  expect(roles).toEqual({ may: ['students'] })
})
