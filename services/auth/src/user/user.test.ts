import { createHash } from 'node:crypto'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const tanya = 4_294_967_400n
/** Whom the kit's administrator stands for. */
const vera = 9_000_000_001n
const formerAdmin = 4_294_967_700n
const erased = 4_294_967_600n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth'] })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Анна', timezone: 'Europe/Moscow' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris', timezone: 'UTC' },
    { telegram_id: tanya, role: 'TEACHER', first_name: 'Tanya', timezone: 'UTC' },
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera', timezone: 'UTC' },
    { telegram_id: formerAdmin, role: 'ADMIN', first_name: 'Igor', timezone: 'UTC' },
  )
  await insert(school.database('auth'), 'users', {
    telegram_id: erased,
    role: 'STUDENT',
    first_name: 'Erased',
    erased_at: '2026-01-01T00:00:00Z',
  })
})
afterAll(() => school.close())

const update = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { telegramId timezone phone email role } } }`
const create = `mutation ($input: CreateUserInput!) { createUser(input: $input) { user { telegramId firstName role phone email } } }`

const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

test('contacts are sealed in the row, masked in the audit log, and read back by the person', async () => {
  const input = { telegramId: anna, phone: '+7 (000) 123-45-67', email: ' Anna@Example.org ' }
  const answer = await school.ask('auth', as.student(anna), update, { input })
  expect(answer.data?.updateUser.user).toMatchObject({
    phone: '+70001234567',
    email: 'anna@example.org',
  })

  const { owner } = school.database('auth')
  const stored = await owner.query(`SELECT users::text AS text FROM users`)
  const audited = await owner.query(
    `SELECT actor, action, request_id, after, audit_log::text AS text FROM audit_log
     WHERE table_name = 'users' AND person_telegram_id = $1 ORDER BY created_at DESC LIMIT 1`,
    [String(anna)],
  )
  expect(audited.rows[0]).toMatchObject({
    actor: `user:${anna}`,
    action: 'UPDATE',
    request_id: expect.stringMatching(/^[\w-]{8,}$/),
    after: { phone_ciphertext: '***', email_hash: '***' },
  })
  for (const { text } of [...stored.rows, ...audited.rows]) {
    expect(text).not.toMatch(/70001234567|anna@example/i)
  }
})

test('an e-mail address belongs to one person, however it is written', async () => {
  const give = (telegramId: bigint, email: string) =>
    school.ask('auth', as.admin(), update, { input: { telegramId, email } })
  await give(anna, "o'brien+a_b@example.org")
  const answer = await give(boris, " O'BRIEN+a_b@Example.org ")
  expect(answer.errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'EMAIL_TAKEN' })
})

test('a phone number belongs to one person', async () => {
  await school.ask('auth', as.student(anna), update, {
    input: { telegramId: anna, phone: '+70000000001' },
  })
  const answer = await school.ask('auth', as.student(boris), update, {
    input: { telegramId: boris, phone: '+7 000 000 00 01' },
  })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'PHONE_TAKEN' })
})

test.each([
  ['another student', 'time zone', as.student(boris), { telegramId: anna, timezone: 'UTC' }],
  ['a student', 'own role', as.student(anna), { telegramId: anna, role: 'ADMIN' }],
  ['a student', 'own state', as.student(anna), { telegramId: anna, isActive: true }],
  ['a student', 'own last name', as.student(anna), { telegramId: anna, lastName: null }],
  ['a teacher', "student's name", as.teacher(tanya), { telegramId: anna, firstName: 'X' }],
  ['a student', 'time zone of nobody', as.student(anna), { telegramId: 77n, timezone: 'UTC' }],
])('%s may not change the %s', async (_, __, viewer, input) => {
  expect(code(await school.ask('auth', viewer, update, { input }))).toBe('FORBIDDEN')
})

test('administrators change roles, but not their own', async () => {
  const promote = { telegramId: boris, role: 'TEACHER' }
  const answer = await school.ask('auth', as.admin(), update, { input: promote })
  expect(answer.data?.updateUser.user.role).toBe('TEACHER')
  const own = { telegramId: 9_000_000_001n, role: 'STUDENT' }
  const refused = await school.ask('auth', as.admin(), update, { input: own })
  expect(refused.errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'OWN_ACCOUNT' })
})

test('administrators learn who is not there, and who was erased', async () => {
  const rename = (telegramId: bigint) =>
    school.ask('auth', as.admin(), update, { input: { telegramId, firstName: 'X' } })
  expect(code(await rename(77n))).toBe('NOT_FOUND')
  const { errors } = await rename(erased)
  expect(errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'USER_ERASED' })
})

const rename = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { firstName lastName role isActive phone email } } }`
test('null means "not given" where something must be, and removes what may be absent', async () => {
  const telegramId = 5_000_000_100n
  const full = { firstName: 'Nina', lastName: 'Simone', phone: '+15550100', email: 'n@x.org' }
  await school.ask('auth', as.admin(), create, { input: { telegramId, ...full } })
  const kept = { role: null, isActive: null, firstName: null, timezone: null }
  const own = await school.ask('auth', as.student(telegramId), rename, {
    input: { telegramId, ...kept, phone: null },
  })
  const { firstName, lastName, email } = full
  const stays = { firstName, role: 'STUDENT', isActive: true, phone: null }
  expect(own.data?.updateUser.user).toEqual({ ...stays, lastName, email })
  const emptied = await school.ask('auth', as.admin(), rename, {
    input: { telegramId, lastName: '  ', email: '' },
  })
  expect(emptied.data?.updateUser.user).toEqual({ ...stays, lastName: null, email: null })
})

test.each([
  ["D'Arcy-O’Neil"],
  ['Žofie 🎓 "); DROP TABLE users; --'],
  ['李 小龍'],
  ['\u200Fמרים $1 %s'],
])('a name is kept as it is: %j', async (name) => {
  const input = { telegramId: boris, firstName: name, lastName: ` ${name} ` }
  const { data } = await school.ask('auth', as.admin(), rename, { input })
  expect(data?.updateUser.user).toMatchObject({ firstName: name, lastName: name })
  const read = await school.ask('auth', as.student(boris), '{ me { firstName lastName } }')
  expect(read.data?.me).toEqual({ firstName: name, lastName: name })
})

test.each([
  ['input.phone', { phone: '12' }],
  ['input.email', { email: 'nobody' }],
  ['input.firstName', { firstName: '  ' }],
  ['input.firstName', { firstName: 'a\u0007b' }],
  ['input.lastName', { lastName: 'a\u202eb' }],
  ['input.timezone', { timezone: 'Mars/Olympus' }],
  ['input.telegramId', { telegramId: '-5' }],
  ['input.telegramId', { telegramId: 'abc' }],
  ['input.role', { role: 'KING' }],
])('a wrong %s is named and nothing is written', async (field, wrong) => {
  const before = await school.database('auth').owner.query('SELECT count(*) FROM audit_log')
  const input = { telegramId: 5_000_000_000n, firstName: 'Nina', ...wrong }
  const answer = await school.ask('auth', as.admin(), create, { input })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
  const after = await school.database('auth').owner.query('SELECT count(*) FROM audit_log')
  expect(after.rows).toEqual(before.rows)
})

test('of 20 retries at once with one key, one creates and all get the same person', async () => {
  const input = { telegramId: 5_000_000_001n, firstName: 'Nina', idempotencyKey: 'nina-1' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => school.ask('auth', as.admin(), create, { input })),
  )
  for (const answer of answers) {
    expect(answer.data?.createUser.user).toMatchObject({ telegramId: '5000000001' })
  }
  const other = { ...input, firstName: 'Vera' }
  const refused = await school.ask('auth', as.admin(), create, { input: other })
  expect(refused.errors?.[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'IDEMPOTENCY_KEY_REUSED',
  })
})

test('the stored key of a retry does not let contacts be guessed', async () => {
  const [phone, email] = ['+15550123', 'vera@example.org']
  const input = { email, firstName: 'Vera', idempotencyKey: 'vera-1', phone }
  const ask = (more: object) =>
    school.ask('auth', as.admin(), create, { input: { telegramId: 5n, ...input, ...more } })
  expect((await ask({})).data?.createUser.user).toMatchObject({ phone, email })
  const { rows } = await school
    .database('auth')
    .owner.query(`SELECT request_hash FROM idempotency_keys WHERE key = 'vera-1'`)
  const guess = { ...input, role: 'STUDENT', telegramId: '5', timezone: 'UTC' }
  const sorted = JSON.stringify(Object.fromEntries(Object.entries(guess).sort()))
  expect(rows[0].request_hash).not.toEqual(createHash('sha256').update(sorted).digest())

  expect((await ask({ phone: '+1 (555) 01-23' })).errors).toBeUndefined()
  const { errors } = await ask({ phone: '+15550124' })
  expect(errors?.[0].extensions).toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' })
})

test('a retry is answered although the contact was given to somebody else since', async () => {
  const input = {
    telegramId: 6n,
    firstName: 'Ada',
    phone: '+15550200',
    idempotencyKey: '🔑 "ada"',
  }
  const first = await school.ask('auth', as.admin(), create, { input })
  const free = { telegramId: 6n, phone: null }
  await school.ask('auth', as.admin(), update, { input: free })
  await school.ask('auth', as.admin(), update, {
    input: { ...free, telegramId: boris, phone: input.phone },
  })
  const second = await school.ask('auth', as.admin(), create, { input })
  expect(second.data?.createUser.user.telegramId).toBe(first.data?.createUser.user.telegramId)
})

test('a person is recorded once', async () => {
  const input = { telegramId: anna, firstName: 'Anna' }
  const answer = await school.ask('auth', as.admin(), create, { input })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'USER_EXISTS' })
})

test('an administrator who was dismissed writes nothing more, though the token still holds', async () => {
  const dismissal = { telegramId: formerAdmin, role: 'STUDENT', isActive: false }
  await school.ask('auth', as.admin(), update, { input: dismissal })
  const oldToken = as.admin(formerAdmin)
  for (const [mutation, input] of [
    [update, { telegramId: formerAdmin, role: 'ADMIN', isActive: true }],
    [update, { telegramId: anna, role: 'ADMIN' }],
    [create, { telegramId: 5_000_000_009n, firstName: 'Friend', role: 'ADMIN' }],
  ] as const) {
    expect(code(await school.ask('auth', oldToken, mutation, { input }))).toBe('FORBIDDEN')
  }
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT role, is_active FROM users WHERE telegram_id = $1', [String(formerAdmin)])
  expect(rows).toEqual([{ role: 'STUDENT', is_active: false }])
})
