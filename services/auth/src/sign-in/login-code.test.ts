import { Writable } from 'node:stream'
import { createLogger } from '@classgram/server'
import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const bot = as.service('notification')
const notHere = 'This code does not hold: ask the bot for a new one.'

let ahead = 0
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
    overrides: {
      clock: () => new Date(Date.now() + ahead),
      logger: createLogger('auth', 'debug', log),
    },
  })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris' },
  )
})
afterAll(() => school.close())
afterEach(() => {
  ahead = 0
})

const create = `mutation ($input: CreateLoginCodeInput!) { createLoginCode(input: $input) { code expiresAt } }`
const use = `mutation ($input: SignInWithCodeInput!) { signInWithCode(input: $input) { accessToken refreshToken session { method } } }`

async function createCode(telegramId: bigint): Promise<string> {
  const answer = await school.ask('auth', bot, create, { input: { telegramId } })
  return answer.data?.createLoginCode.code
}
const signIn = (telegramId: bigint, code: string) =>
  school.ask('auth', as.anonymous, use, { input: { telegramId, code } })
const codeOf = ({ errors }: Answer) => errors?.[0].extensions.code
/** A code of the right form that is not this one. */
const wrong = (code: string) => (code.startsWith('Z') ? 'Y' : 'Z') + code.slice(1)

async function query(sql: string, ...values: unknown[]) {
  const { owner } = school.database('auth')
  return (await (values.length > 0 ? owner.query(sql, values) : owner.query(sql))).rows
}

test('a code signs in once, however it is typed', async () => {
  const code = await createCode(anna)
  expect(code).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
  const typed = ` ${code.slice(0, 4).toLowerCase()} - ${code.slice(4)}`
  const answer = await signIn(anna, typed)
  expect(answer.data?.signInWithCode.session.method).toBe('LOGIN_CODE')
  expect((await signIn(anna, code)).errors?.[0]).toMatchObject({
    message: notHere,
    extensions: { code: 'UNAUTHENTICATED' },
  })
  const [{ last_seen_at }] = await query('SELECT * FROM users WHERE telegram_id = $1', anna)
  expect(last_seen_at).not.toBeNull()
})

test('of 50 uses of the right code at once, exactly one opens a session', async () => {
  const code = await createCode(boris)
  const answers = await Promise.all(Array.from({ length: 50 }, () => signIn(boris, code)))
  const codes = answers.map(codeOf)
  expect(codes.filter((refusal) => refusal === undefined)).toHaveLength(1)
  expect(new Set(codes)).toEqual(new Set([undefined, 'UNAUTHENTICATED']))
  const [{ count }] = await query(
    'SELECT count(*)::int FROM sessions WHERE user_telegram_id = $1',
    boris,
  )
  expect(count).toBe(1)
}, 30_000)

test('five wrong attempts use a code up, also 50 at once', async () => {
  const code = await createCode(boris)
  const answers = await Promise.all(Array.from({ length: 50 }, () => signIn(boris, wrong(code))))
  expect(new Set(answers.map(codeOf))).toEqual(new Set(['UNAUTHENTICATED']))
  expect(codeOf(await signIn(boris, code))).toBe('UNAUTHENTICATED')
  const [row] = await query('SELECT attempts FROM login_codes ORDER BY created_at DESC LIMIT 1')
  expect(row.attempts).toBe(5)
}, 30_000)

test('after four wrong attempts the right one still counts', async () => {
  const code = await createCode(boris)
  for (const _ of [1, 2, 3, 4]) await signIn(boris, wrong(code))
  expect(codeOf(await signIn(boris, code))).toBeUndefined()
})

test('whatever is wrong, the words are the same', async () => {
  const [old, code] = [await createCode(anna), await createCode(anna)]
  const late = await createCode(boris)
  const refusals = [
    await signIn(anna, wrong(code)),
    await signIn(anna, old),
    await signIn(boris, code),
    await signIn(77n, code),
    await signIn(anna, ''),
    await signIn(anna, '\0'),
  ]
  ahead = 10 * 60_000 + 1_000
  refusals.push(await signIn(boris, late))
  expect(refusals.map(({ errors }) => errors?.[0].message)).toEqual(refusals.map(() => notHere))
  ahead = 9 * 60_000
  expect(codeOf(await signIn(anna, code))).toBeUndefined()
})

test('codes are made by the bot and by programs that may, for people who may sign in', async () => {
  const ask = async (viewer: Parameters<TestSchool['ask']>[1], telegramId: bigint) =>
    codeOf(await school.ask('auth', viewer, create, { input: { telegramId } }))
  expect(await ask(as.anonymous, anna)).toBe('UNAUTHENTICATED')
  expect(await ask(as.student(anna), anna)).toBe('FORBIDDEN')
  expect(await ask(as.admin(), anna)).toBe('FORBIDDEN')
  expect(await ask(as.service('groups'), anna)).toBe('FORBIDDEN')
  expect(await ask(as.machine('people:read', 'contacts:read'), anna)).toBe('FORBIDDEN')
  expect(await ask(bot, 77n)).toBe('NOT_FOUND')
  expect(await ask(as.machine('login-codes:create'), 77n)).toBe('NOT_FOUND')

  const shut = 4_294_967_400n
  await insert(school.database('auth'), 'users', { telegram_id: shut, first_name: 'Shut' })
  const code = await createCode(shut)
  await query(
    `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
     UPDATE users SET is_active = false WHERE telegram_id = ${shut}; COMMIT`,
  )
  expect(await ask(bot, shut)).toBe('FORBIDDEN')
  expect(await ask(as.machine('login-codes:create'), shut)).toBe('FORBIDDEN')
  expect(codeOf(await signIn(shut, code))).toBe('FORBIDDEN')
  expect(codeOf(await signIn(shut, wrong(code)))).toBe('UNAUTHENTICATED')
})

test('a code that a program made signs in, and the audit log names the program', async () => {
  const viewer = as.machine('login-codes:create')
  const { data } = await school.ask('auth', viewer, create, { input: { telegramId: anna } })
  expect(codeOf(await signIn(anna, data?.createLoginCode.code))).toBeUndefined()
  const [{ actor }] = await query(
    `SELECT actor FROM audit_log WHERE table_name = 'login_codes' AND action = 'INSERT'
     ORDER BY created_at DESC, id DESC LIMIT 1`,
  )
  expect(actor).toBe('client:integration')
})

test('a code is nowhere in the clear, and each write names its author', async () => {
  const person = 4_294_967_500n
  await insert(school.database('auth'), 'users', { telegram_id: person, first_name: 'Nina' })
  const code = await createCode(person)
  const refusal = await signIn(person, wrong(code))
  const { data } = await signIn(person, code)
  const { accessToken, refreshToken } = data?.signInWithCode ?? {}
  const [{ text }] = await query(
    `SELECT string_agg(text, E'\\n') AS text FROM (
       SELECT audit_log::text AS text FROM audit_log
       UNION ALL SELECT login_codes::text FROM login_codes
       UNION ALL SELECT idempotency_keys::text FROM idempotency_keys) AS everything`,
  )
  expect(logged).toContain('"msg":"request"')
  for (const secret of [code, wrong(code), accessToken, refreshToken]) {
    for (const place of [logged, text, JSON.stringify(refusal)]) expect(place).not.toContain(secret)
  }
  const attempts = await query(
    `SELECT actor, action, after->>'attempts' AS attempts FROM audit_log
     WHERE table_name = 'login_codes' AND person_telegram_id = $1 ORDER BY created_at, id`,
    person,
  )
  expect(attempts).toEqual([
    { actor: 'service:notification', action: 'INSERT', attempts: '0' },
    { actor: 'anonymous', action: 'UPDATE', attempts: '1' },
    { actor: `user:${person}`, action: 'UPDATE', attempts: '2' },
  ])
})
