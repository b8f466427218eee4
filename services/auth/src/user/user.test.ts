import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const tanya = 4_294_967_400n
const stranger = 4_294_967_500n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth', 'groups'] })
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Анна', timezone: 'Europe/Moscow' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris', timezone: 'UTC' },
    { telegram_id: tanya, role: 'TEACHER', first_name: 'Tanya', timezone: 'UTC' },
    { telegram_id: stranger, role: 'TEACHER', first_name: 'Sam', timezone: 'UTC' },
  )
  const group = '01930000-0000-7000-8000-000000000001'
  await insert(school.database('groups'), 'groups', {
    id: group,
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: tanya,
    capacity: 8,
    status: 'RUNNING',
  })
  await insert(school.database('groups'), 'group_members', {
    group_id: group,
    student_telegram_id: anna,
    status: 'ACTIVE',
    joined_at: '2026-01-01T00:00:00Z',
  })
})
afterAll(() => school.close())

const read = `query ($telegramId: TelegramID!) { user(telegramId: $telegramId) { telegramId firstName role timezone } }`
const update = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { telegramId timezone phone email role } } }`
const create = `mutation ($input: CreateUserInput!) { createUser(input: $input) { user { telegramId firstName role phone email } } }`

const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

describe('who sees whom', () => {
  test.each([
    ['themselves', as.student(anna), undefined],
    ['an administrator', as.admin(), undefined],
    ['the teacher who teaches them', as.teacher(tanya), undefined],
    ['a sister service', as.service('students'), undefined],
    ['another student', as.student(boris), 'FORBIDDEN'],
    ['another teacher', as.teacher(stranger), 'FORBIDDEN'],
    ['nobody in particular', as.anonymous, 'UNAUTHENTICATED'],
  ])('a student is read by %s', async (_, viewer, refusal) => {
    const answer = await school.ask('auth', viewer, read, { telegramId: anna })
    expect(code(answer)).toBe(refusal)
    const found = {
      telegramId: String(anna),
      firstName: 'Анна',
      role: 'STUDENT',
      timezone: 'Europe/Moscow',
    }
    expect(answer.data?.user).toEqual(refusal ? null : found)
  })

  test('nobody learns from a refusal whether the person exists', async () => {
    const telegramId = 4_294_999_999n
    expect(code(await school.ask('auth', as.student(boris), read, { telegramId }))).toBe(
      'FORBIDDEN',
    )
    const answer = await school.ask('auth', as.admin(), read, { telegramId })
    expect(answer).toEqual({ data: { user: null } })
  })

  test('a classmate met in the graph shows a name, but neither phone nor last visit', async () => {
    const answer = await school.ask(
      'auth',
      as.student(boris),
      `query ($who: [_Any!]!) { _entities(representations: $who) { ... on User { firstName phone lastSeenAt } } }`,
      { who: [{ __typename: 'User', telegramId: String(anna) }] },
    )
    expect(answer.data?._entities).toEqual([{ firstName: 'Анна', phone: null, lastSeenAt: null }])
    const refusals = answer.errors?.map((error) => [error.path.at(-1), error.extensions.code])
    expect(Object.fromEntries(refusals ?? [])).toEqual({
      phone: 'FORBIDDEN',
      lastSeenAt: 'FORBIDDEN',
    })
  })

  test('only administrators list people', async () => {
    const list = `{ users(first: 2, filter: { role: STUDENT }) { nodes { firstName } pageInfo { hasNextPage endCursor } } }`
    const answer = await school.ask('auth', as.admin(), list)
    expect(answer.data?.users.nodes).toHaveLength(2)
    expect(code(await school.ask('auth', as.teacher(tanya), list))).toBe('FORBIDDEN')
  })

  test('while groups is away, a teacher is told so and not refused', async () => {
    const restart = await school.stop('groups')
    try {
      const answer = await school.ask('auth', as.teacher(tanya), read, { telegramId: anna })
      expect(answer.errors?.[0].extensions).toEqual({
        code: 'SERVICE_UNAVAILABLE',
        service: 'groups',
      })
    } finally {
      await restart()
    }
  })
})

describe('writing', () => {
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
    ['a teacher', "student's name", as.teacher(tanya), { telegramId: anna, firstName: 'X' }],
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

  test.each([
    ['input.phone', { phone: '12' }],
    ['input.email', { email: 'nobody' }],
    ['input.firstName', { firstName: '  ' }],
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

  test('a person is recorded once', async () => {
    const input = { telegramId: anna, firstName: 'Anna' }
    const answer = await school.ask('auth', as.admin(), create, { input })
    expect(answer.errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'USER_EXISTS' })
  })
})

test('entities are fetched in one statement, however many', async () => {
  const people = Array.from({ length: 90 }, (_, index) => ({
    telegram_id: anna + 1_000n + BigInt(index),
    role: 'STUDENT',
    first_name: `Student ${index}`,
  }))
  await insert(school.database('auth'), 'users', ...people)
  const many = (count: number) => ({
    who: Array.from({ length: count }, (_, index) => ({
      __typename: 'User',
      telegramId: String(anna + 1_000n + BigInt(index)),
    })),
  })
  const query = `query ($who: [_Any!]!) { _entities(representations: $who) { ... on User { firstName } } }`
  const count = async (size: number) => {
    const statements = await school.statements('auth', async () => {
      const { data } = await school.ask('auth', as.admin(), query, many(size))
      expect(data?._entities.filter(Boolean)).toHaveLength(size)
    })
    return statements.length
  }
  expect([await count(1), await count(90)]).toEqual([1, 1])
})
