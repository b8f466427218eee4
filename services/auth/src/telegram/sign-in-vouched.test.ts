import { Writable } from 'node:stream'
import { createLogger } from '@classgram/server'
import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  arrange,
  botToken,
  changed,
  codeOf,
  knowsToken,
  launchData,
  person,
  widgetData,
  withLaunch,
  withWidget,
} from './test-telegram.ts'

const boss = 4_503_599_627_370_495

let logged = ''
const log = new Writable({
  write(chunk, _, done) {
    logged += chunk
    done()
  },
})

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    env: { auth: { ...knowsToken, ADMIN_TELEGRAM_IDS: `77, ${boss}` } },
    overrides: { logger: createLogger('auth', 'debug', log) },
  })
})
afterAll(() => school.close())

test('of 20 first sign-ins at once, one makes the person and all are signed in', async () => {
  const user = { id: 4_294_967_500, first_name: 'Twenty' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => withLaunch(school, launchData(user))),
  )
  expect(answers.map(codeOf)).toEqual(answers.map(() => undefined))
  const { rows } = await school.database('auth').owner.query(
    `SELECT action, count(*)::int FROM audit_log WHERE table_name = 'users'
       AND person_telegram_id = $1 AND action = 'INSERT' GROUP BY action`,
    [user.id],
  )
  expect(rows).toEqual([{ action: 'INSERT', count: 1 }])
})

test('whoever is listed becomes an administrator at the first sign-in, and stays what they were otherwise', async () => {
  await withLaunch(school, launchData({ id: boss, first_name: 'Boss' }))
  expect((await person(school, boss)).role).toBe('ADMIN')
  await insert(school.database('auth'), 'users', {
    telegram_id: 77n,
    role: 'TEACHER',
    first_name: 'X',
  })
  await withLaunch(school, launchData({ id: 77, first_name: 'Tanya' }))
  expect(await person(school, 77)).toMatchObject({ role: 'TEACHER', first_name: 'Tanya' })
})

test.each<[string, object, object]>([
  ['an empty name', { first_name: '' }, { first_name: '4294967600' }],
  [
    'an empty name beside a username',
    { first_name: ' ', username: 'nina' },
    { first_name: 'nina' },
  ],
  ['a name that is too long', { first_name: '🎓'.repeat(80) }, { first_name: '🎓'.repeat(50) }],
  ['a name with U+0000', { first_name: 'A\0B\ud800' }, { first_name: 'AB\ufffd' }],
  ['a name of several lines', { first_name: ' A\r\n\u0007B\u202e ' }, { first_name: 'A B' }],
  ['a name in parts', { first_name: 'И\u0306о' }, { first_name: 'Йо' }],
  ['a name that cannot be seen', { first_name: '\u200b\u2800' }, { first_name: '4294967600' }],
  ['a language that is none', { first_name: 'A', language_code: '!' }, { language_code: null }],
  ['an address that is none', { first_name: 'A', photo_url: 'javascript:1' }, { photo_url: null }],
])('%s keeps nobody out', async (_, user, expected) => {
  const id = 4_294_967_600
  await arrange(school, `DELETE FROM users WHERE telegram_id = ${id}`)
  expect(codeOf(await withLaunch(school, launchData({ id, ...user })))).toBeUndefined()
  expect(await person(school, id)).toMatchObject(expected)
})

test('the same launch data again is recorded, and signs in', async () => {
  const data = launchData({ id: 4_294_967_700, first_name: 'Again' })
  logged = ''
  await withLaunch(school, data)
  expect(logged).not.toContain('signed in again')
  for (const _ of [1, 2]) expect(codeOf(await withLaunch(school, data))).toBeUndefined()
  const lines = logged.split('\n').filter((line) => line.includes('signed in again'))
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { telegramId: '4294967700', uses: 2, level: 40, requestId: expect.any(String) },
    { telegramId: '4294967700', uses: 3 },
  ])
})

describe('the Login Widget', () => {
  const nina = { id: 4_294_967_800, first_name: 'Nina', auth: 'x', username: 'nina' }

  test('signs in, with the fields that a page gets', async () => {
    const answer = await withWidget(school, `?${widgetData(nina)}`)
    expect(answer.data?.signInWithLoginWidget.session.method).toBe('TELEGRAM_LOGIN_WIDGET')
    expect(await person(school, nina.id)).toMatchObject({ first_name: 'Nina', role: 'STUDENT' })
  })

  test.each<[string, () => string]>([
    ['another person', () => changed(widgetData(nina), 'id', String(boss))],
    ['another token', () => widgetData(nina, { token: '5:x' })],
    ['no hash', () => changed(widgetData(nina), 'hash', null)],
    ['too old a date', () => widgetData(nina, { at: new Date(Date.now() - 86_405_000) })],
    ['a date to come', () => widgetData(nina, { at: new Date(Date.now() + 65_000) })],
    ['the signature of launch data', () => launchData(nina)],
  ])('with %s is refused', async (_, data) => {
    expect(codeOf(await withWidget(school, data()))).toBe('UNAUTHENTICATED')
  })
})

test('no token, launch data or bot’s token is in a log line, an error or the audit log', async () => {
  const user = { id: 4_294_967_900, first_name: 'Secret' }
  const data = launchData(user)
  const fromWidget = widgetData(user)
  const refused = changed(data, 'hash', 'f'.repeat(64))
  const secrets = [botToken, data, fromWidget, refused, new URLSearchParams(data).get('hash') ?? '']
  for (const answer of [await withLaunch(school, data), await withLaunch(school, data)]) {
    const { accessToken, refreshToken } = answer.data?.signInWithTelegram ?? {}
    secrets.push(accessToken, refreshToken)
  }
  await withWidget(school, fromWidget)
  const errors = JSON.stringify((await withLaunch(school, refused)).errors)
  const stored = await school.database('auth').owner.query(
    `SELECT string_agg(text, E'\\n') AS text FROM (
       SELECT audit_log::text AS text FROM audit_log
       UNION ALL SELECT idempotency_keys::text FROM idempotency_keys
       UNION ALL SELECT users::text FROM users UNION ALL SELECT sessions::text FROM sessions
       UNION ALL SELECT refresh_tokens::text FROM refresh_tokens) AS everything`,
  )
  expect(logged).toContain('"msg":"request"')
  for (const secret of secrets) {
    for (const text of [logged, errors, stored.rows[0].text]) expect(text).not.toContain(secret)
  }
  const authors = await school
    .database('auth')
    .owner.query('SELECT DISTINCT actor FROM audit_log WHERE person_telegram_id = $1', [user.id])
  expect(authors.rows).toEqual([{ actor: `user:${user.id}` }])
})
