import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(['auth', 'calendar'])
})
afterAll(() => server.stop())

const person = '4503599627370497001'

test('each change leaves one audit row: who, what, which row, before and after', async () => {
  await server.run(
    'auth',
    `INSERT INTO users (telegram_id, first_name, phone_ciphertext, phone_key_id, phone_hash)
     VALUES (${person}, 'Ada', '\\x01', 'k1', '\\x02')`,
    'system:demo',
  )
  await server.run(
    'auth',
    `UPDATE users SET first_name = 'Grace', role = 'TEACHER', phone_hash = '\\x03',
       updated_at = now() + interval '1 s'`,
    `user:${person}`,
  )
  await server.run('auth', 'DELETE FROM users', 'service:auth')

  const rows = await server.run('auth', 'SELECT * FROM audit_log ORDER BY created_at, id')
  expect(rows).toMatchObject([
    { action: 'INSERT', actor: 'system:demo', before: null },
    { action: 'UPDATE', actor: `user:${person}` },
    { action: 'DELETE', actor: 'service:auth', after: null },
  ])
  for (const row of rows) {
    expect(row).toMatchObject({ table_name: 'users', person_telegram_id: person, request_id: 'r1' })
  }
  expect(rows[0]?.after).toMatchObject({
    role: 'STUDENT',
    first_name: '***',
    last_name: null,
    phone_hash: '***',
    email_hash: null,
  })
  expect(rows[1]?.before).toMatchObject({ role: 'STUDENT', first_name: '***', phone_hash: '***' })
  expect(rows[1]?.after).toEqual({
    role: 'TEACHER',
    first_name: '***',
    phone_hash: '***',
    updated_at: expect.any(String),
  })
  expect(JSON.stringify(rows)).not.toMatch(/\\\\x0[123]|Ada|Grace/)
})

test('an update that changes nothing but updated_at leaves none', async () => {
  const [lesson] = await server.run(
    'calendar',
    `INSERT INTO calendar_feeds (person_telegram_id, token_hash) VALUES (1, '\\x01') RETURNING id`,
    'user:1',
  )
  const touch = `UPDATE calendar_feeds SET updated_at = now() + interval '1 s', person_telegram_id = 1`
  await server.run('calendar', touch, 'user:1')
  const trail = `SELECT action FROM audit_log WHERE row_id = '${lesson?.id}'`
  expect(await server.run('calendar', trail)).toEqual([{ action: 'INSERT' }])
})

test('taking the person out of a row is still about the person', async () => {
  await server.run(
    'auth',
    `INSERT INTO users (telegram_id, first_name) VALUES (9, 'Ada')`,
    'user:9',
  )
  await server.run(
    'auth',
    `INSERT INTO login_codes (user_telegram_id, code_hash, expires_at) VALUES (9, '\\x01', now());
     UPDATE login_codes SET user_telegram_id = NULL WHERE user_telegram_id = 9`,
    'system:test',
  )
  const trail = `SELECT action FROM audit_log WHERE table_name = 'login_codes' AND person_telegram_id = 9`
  expect(await server.run('auth', trail)).toEqual([{ action: 'INSERT' }, { action: 'UPDATE' }])
})

test('a change on nobody’s behalf is refused', async () => {
  const insert = `INSERT INTO users (telegram_id, first_name) VALUES (7, 'Ada')`
  await expect(server.run('auth', insert)).rejects.toThrow('set classgram.actor first')
  expect(await server.run('auth', 'SELECT FROM users WHERE telegram_id = 7')).toEqual([])
})

test('rows changed by a cascade are audited too', async () => {
  await server.run(
    'auth',
    `INSERT INTO users (telegram_id, first_name) VALUES (8, 'Ada');
     INSERT INTO identities (user_telegram_id, provider, subject) VALUES (8, 'p', 's');
     DELETE FROM users WHERE telegram_id = 8`,
    'user:8',
  )
  const trail = `SELECT table_name, action FROM audit_log WHERE person_telegram_id = 8 AND action = 'DELETE'`
  expect(await server.run('auth', trail)).toEqual(
    expect.arrayContaining([
      { table_name: 'users', action: 'DELETE' },
      { table_name: 'identities', action: 'DELETE' },
    ]),
  )
})
