import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const teacher = 4_294_967_301n
const group = '01930000-0000-7000-8000-000000000001'
const ids = Array.from({ length: 60 }, (_, index) => 5_000_000_001n + BigInt(index))
const uuid = (index: number) => `01930000-0000-7000-8000-${String(index).padStart(12, '0')}`

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['students', 'groups'] })
  const students = school.database('students')
  await insert(students, 'students', ...ids.map((id) => ({ telegram_id: id })))
  const owned = (rows: (id: bigint, index: number) => Record<string, unknown>[]) =>
    ids.flatMap((id, index) => rows(id, index).map((row) => ({ student_telegram_id: id, ...row })))
  await insert(
    students,
    'student_languages',
    ...owned(() => ['en', 'de', 'fr'].map((language) => ({ language, level: 'B1' }))),
  )
  await insert(
    students,
    'group_enrollments',
    ...owned((_, index) =>
      [0, 1].map((stay) => ({
        id: uuid(1000 + index * 2 + stay),
        group_id: group,
        status: 'ACTIVE',
        source_version: 1,
        occurred_at: '2026-01-01T00:00:00Z',
      })),
    ),
  )
  await insert(
    students,
    'level_assessments',
    ...owned(() =>
      ['A1', 'B1'].map((level) => ({ language: 'en', level, assessed_by_telegram_id: teacher })),
    ),
  )
  await insert(school.database('groups'), 'groups', {
    id: group,
    name: 'Evening English',
    language: 'en',
    level: 'B1',
    teacher_telegram_id: teacher,
    capacity: 100,
    status: 'RUNNING',
  })
  await insert(
    school.database('groups'),
    'group_members',
    ...ids.map((id) => ({
      group_id: group,
      student_telegram_id: id,
      status: 'ACTIVE',
      joined_at: '2026-01-01T00:00:00Z',
    })),
  )
})
afterAll(() => school.close())

const fields = `
  telegramId user { telegramId } goals guardianContact
  languages { language level } enrollments { status group { id } }
  levelAssessments(first: 5) { nodes { to } pageInfo { hasNextPage } }`
const people = (typename: string, count: number) => ({
  keys: ids.slice(0, count).map((id) => ({ __typename: typename, telegramId: String(id) })),
})

const fetches: [string, number, (count: number) => Promise<unknown>][] = [
  [
    'students by key, for their teacher',
    2,
    (count) =>
      complete(
        as.teacher(teacher),
        `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Student { ${fields} notes } } }`,
        people('Student', count),
      ),
  ],
  [
    'students through people, for an administrator',
    2,
    (count) =>
      complete(
        as.admin(),
        `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on User { student { ${fields} } } } }`,
        people('User', count),
      ),
  ],
  [
    'a list of students',
    2,
    (count) =>
      complete(
        as.admin(),
        `query ($first: Int!) { students(first: $first) { nodes { ${fields} } } }`,
        { first: count },
      ),
  ],
  [
    'who the classmates are',
    0,
    (count) =>
      complete(
        as.student(5n),
        'query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Student { user { telegramId } } } }',
        people('Student', count),
      ),
  ],
]

async function complete(...question: [Parameters<TestSchool['ask']>[1], string, object]) {
  const [viewer, query, variables] = question
  const answer = await school.ask('students', viewer, query, { ...variables })
  expect(answer.errors).toBeUndefined()
}

test.each(fetches)('%s: %i statements, however many', async (_, expected, fetch) => {
  for (const count of [5, 60]) {
    expect(await school.statements('students', () => fetch(count))).toHaveLength(expected)
  }
})

test('groups is asked once for many students', async () => {
  const [, , fetch] = fetches[0] ?? []
  expect(await school.statements('groups', async () => fetch?.(60))).toHaveLength(1)
})
