import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

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

const code = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.[0]?.extensions.code

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
  expect(code(await school.ask('auth', as.student(boris), read, { telegramId }))).toBe('FORBIDDEN')
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
  expect(answer.data?.users.nodes).toEqual([{ firstName: 'Анна' }, { firstName: 'Boris' }])
  expect(code(await school.ask('auth', as.teacher(tanya), list))).toBe('FORBIDDEN')
})

test('programs list people, but do not sort out who may sign in', async () => {
  const list = (filter: string) =>
    school.ask(
      'auth',
      as.machine('people:read'),
      `{ users(filter: ${filter}) { nodes { firstName } } }`,
    )
  expect((await list('{ role: STUDENT }')).data?.users.nodes).toHaveLength(2)
  expect(code(await list('{ isActive: false }'))).toBe('FORBIDDEN')
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

test('entities are fetched in one statement, the same however many', async () => {
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
  const statementsFor = (size: number) =>
    school.statements('auth', async () => {
      const { data } = await school.ask('auth', as.admin(), query, many(size))
      expect(data?._entities.filter(Boolean)).toHaveLength(size)
    })
  const [one, ninety] = [await statementsFor(1), await statementsFor(90)]
  expect(one).toHaveLength(1)
  expect(ninety).toEqual(one)
})
