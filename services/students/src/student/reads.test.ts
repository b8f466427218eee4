import { as, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  classmate,
  entities,
  group,
  key,
  nobody,
  startWithStudents,
  student,
  teacher,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithStudents()
})
afterAll(() => school.close())

const everything = `
  telegramId user { telegramId } goals timezone communicationLanguage guardianContact createdAt
  languages { language level targetLevel }
  enrollments { status group { id } invitedAt joinedAt leftAt }`
const stored = {
  telegramId: String(student),
  user: { telegramId: String(student) },
  goals: 'Read novels',
  timezone: 'Europe/Moscow',
  communicationLanguage: 'ru',
  guardianContact: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  languages: [
    { language: 'en', level: 'B1', targetLevel: 'C1' },
    { language: 'pt-BR', level: 'A1', targetLevel: null },
  ],
  enrollments: [
    {
      status: 'LEFT',
      group: { id: group },
      invitedAt: null,
      joinedAt: '2026-01-05T10:00:00.000Z',
      leftAt: '2026-02-05T10:00:00.250Z',
    },
    {
      status: 'ACTIVE',
      group: { id: group },
      invitedAt: null,
      joinedAt: '2026-03-05T10:00:00.000Z',
      leftAt: null,
    },
  ],
}

test('students read all of themselves but the notes', async () => {
  const query = `query ($id: TelegramID!) { student(telegramId: $id) { ${everything} } }`
  const answer = await school.ask('students', as.student(student), query, { id: student })
  expect(answer).toEqual({ data: { student: stored } })
})

test('the entity is found by its key, and through the person', async () => {
  const byKey = await school.ask('students', as.student(student), entities(everything), {
    keys: [key(student)],
  })
  expect(byKey).toEqual({ data: { _entities: [stored] } })
  const throughPerson = await school.ask(
    'students',
    as.admin(),
    `query ($keys: [_Any!]!) { _entities(representations: $keys) {
        ... on User { student { telegramId languages { language level } enrollments { status group { id } } } }
      } }`,
    {
      keys: [student, nobody].map((id) => ({ __typename: 'User', telegramId: String(id) })),
    },
  )
  expect(throughPerson).toEqual({
    data: {
      _entities: [
        {
          student: {
            telegramId: String(student),
            languages: stored.languages.map(({ language, level }) => ({ language, level })),
            enrollments: stored.enrollments.map(({ status }) => ({
              status,
              group: { id: group },
            })),
          },
        },
        { student: null },
      ],
    },
  })
})

test('enrollments are narrowed by state', async () => {
  const answer = await school.ask(
    'students',
    as.admin(),
    entities(
      'active: enrollments(status: [ACTIVE, PAUSED]) { status } none: enrollments(status: []) { status }',
    ),
    { keys: [key(student)] },
  )
  expect(answer.data._entities).toEqual([{ active: [{ status: 'ACTIVE' }], none: [] }])
})

test('level assessments are paged, the newest first, and narrowed by language', async () => {
  const page = async (args: string) => {
    const fields = `levelAssessments(${args}) { nodes { language from to reason assessedBy { telegramId } assessedAt } pageInfo { hasNextPage endCursor } }`
    const answer = await school.ask('students', as.student(student), entities(fields), {
      keys: [key(student)],
    })
    return answer.data._entities[0].levelAssessments
  }
  const first = await page('first: 2')
  expect(first.nodes).toEqual([
    {
      language: 'en',
      from: 'A2',
      to: 'B1',
      reason: 'Test 3',
      assessedBy: { telegramId: String(teacher) },
      assessedAt: '2026-03-01T00:00:00.000Z',
    },
    expect.objectContaining({ from: 'A1', to: 'A2' }),
  ])
  expect(first.pageInfo.hasNextPage).toBe(true)
  const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`)
  expect(second.nodes).toMatchObject([{ language: 'pt-BR', from: null }, { reason: 'Test 1' }])
  expect(second.pageInfo.hasNextPage).toBe(false)
  expect((await page('language: "pt-BR"')).nodes).toMatchObject([{ language: 'pt-BR', to: 'A1' }])
})

test('administrators list students, page by page, by language and level', async () => {
  const list = async (args: string) => {
    const query = `{ students(${args}) { nodes { telegramId } pageInfo { hasNextPage endCursor } } }`
    const { data } = await school.ask('students', as.admin(), query)
    return {
      ...data.students,
      ids: data.students.nodes.map((node: { telegramId: string }) => node.telegramId),
    }
  }
  const first = await list('first: 1')
  expect(first.ids).toEqual([String(student)])
  const second = await list(`first: 1, after: "${first.pageInfo.endCursor}"`)
  expect(second.ids).toEqual([String(classmate)])
  expect(second.pageInfo.hasNextPage).toBe(false)
  expect((await list('filter: { language: "en" }')).ids).toHaveLength(2)
  expect((await list('filter: { language: "en", level: A2 }')).ids).toEqual([String(classmate)])
  expect((await list('filter: { language: "pt-BR", level: B1 }')).ids).toEqual([])
  expect((await list('filter: { level: A1 }')).ids).toEqual([String(student)])
})

test('a page out of bounds and a foreign cursor are named', async () => {
  for (const [args, field] of [
    ['first: 0', 'first'],
    ['first: 101', 'first'],
    ['after: "x"', 'after'],
  ]) {
    const answer = await school.ask(
      'students',
      as.admin(),
      `{ students(${args}) { nodes { telegramId } } }`,
    )
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field } }])
  }
})
