import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Above 2^53, where a number would lose digits.
const base = 9_007_199_254_740_993n
const active = base
const pending = base + 101n
const suspended = base + 102n
const archived = base + 103n
const closedBook = base + 1n
const nobody = base + 999n
const someStudent = as.student(5_000_000_001n)
/** All active teachers, in the order in which they came. */
const everybody = Array.from({ length: 60 }, (_, number) => String(base + BigInt(number)))

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['teachers'] })
  const database = school.database('teachers')
  // Five at a time came in the same millisecond: the order needs the id as well.
  const createdAt = (number: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(number / 5)))
  const common = { is_accepting_students: true, status: 'ACTIVE', timezone: 'Europe/Moscow' }
  await insert(
    database,
    'teachers',
    ...everybody.map((telegram_id, number) => ({
      ...common,
      id: `01930000-0000-7000-8000-${String(number).padStart(12, '0')}`,
      telegram_id,
      headline: `Teacher ${number}`,
      hourly_rate: 25.5,
      currency: 'EUR',
      is_accepting_students: BigInt(telegram_id) !== closedBook,
      created_at: createdAt(number),
    })),
  )
  await insert(
    database,
    'teachers',
    { ...common, telegram_id: pending, status: 'PENDING' },
    { ...common, telegram_id: suspended, status: 'SUSPENDED' },
    { ...common, telegram_id: archived, status: 'ARCHIVED' },
  )
  await insert(
    database,
    'teacher_languages',
    ...everybody.flatMap((teacher_telegram_id, number) => [
      {
        teacher_telegram_id,
        language: 'en',
        proficiency: 'NATIVE',
        min_level: number % 2 === 0 ? 'A1' : 'B2',
        max_level: number % 2 === 0 ? 'B1' : 'C2',
      },
      {
        teacher_telegram_id,
        language: 'de',
        proficiency: 'B1',
        min_level: number === 0 ? 'A2' : null,
        max_level: number === 0 ? 'A2' : null,
      },
    ]),
  )
  await insert(
    database,
    'groups',
    ...['DRAFT', 'OPEN', 'RUNNING', 'RUNNING', 'FINISHED', 'ARCHIVED'].map((status, number) => ({
      id: `01940000-0000-7000-8000-00000000000${number}`,
      teacher_telegram_id: active,
      name: `Group ${number}`,
      language: 'en',
      level: 'B1',
      status,
      source_version: 1,
      occurred_at: '2026-01-01T00:00:00Z',
    })),
  )
})
afterAll(() => school.close())

const details = `telegramId user { telegramId } headline bio experienceYears hourlyRate currency timezone
  videoUrl isAcceptingStudents status languages { language proficiency minLevel maxLevel }
  runningGroupCount createdAt`

const read = async (viewer: Parameters<TestSchool['ask']>[1], telegramId: bigint) =>
  school.ask(
    'teachers',
    viewer,
    'query ($id: TelegramID!) { teacher(telegramId: $id) { status } }',
    {
      id: telegramId,
    },
  )

const list = async (
  args: { filter?: object; first?: number; after?: string | null },
  viewer = someStudent,
) =>
  school.ask(
    'teachers',
    viewer,
    `query ($filter: TeacherFilter, $first: Int, $after: String) {
      teachers(filter: $filter, first: $first, after: $after) {
        nodes { telegramId ${details} } pageInfo { hasNextPage hasPreviousPage endCursor }
      }
    }`,
    args,
  )

const listed = async (...args: Parameters<typeof list>): Promise<string[]> => {
  const { data } = await list(...args)
  return data.teachers.nodes.map((node: { telegramId: string }) => node.telegramId)
}

const entities = (type: string, fields: string, telegramIds: unknown[], viewer = someStudent) =>
  school.ask(
    'teachers',
    viewer,
    `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on ${type} { ${fields} } }
    }`,
    {
      representations: telegramIds.map((telegramId) => ({ __typename: type, telegramId })),
    },
  )

test('a signed-in person reads a profile', async () => {
  const answer = await school.ask(
    'teachers',
    someStudent,
    `query ($id: TelegramID!) { teacher(telegramId: $id) { ${details} } }`,
    { id: active },
  )
  expect(answer).toEqual({
    data: {
      teacher: {
        telegramId: String(active),
        user: { telegramId: String(active) },
        headline: 'Teacher 0',
        bio: null,
        experienceYears: null,
        hourlyRate: 25.5,
        currency: 'EUR',
        timezone: 'Europe/Moscow',
        videoUrl: null,
        isAcceptingStudents: true,
        status: 'ACTIVE',
        languages: [
          { language: 'de', proficiency: 'B1', minLevel: 'A2', maxLevel: 'A2' },
          { language: 'en', proficiency: 'NATIVE', minLevel: 'A1', maxLevel: 'B1' },
        ],
        runningGroupCount: 3,
        createdAt: '2026-01-01T00:00:00.000Z',
      },
    },
  })
})

describe('who sees which profile', () => {
  test.each([pending, suspended, archived])('%s is not active', async (telegramId) => {
    const seen = { data: { teacher: { status: expect.any(String) } } }
    expect(await read(someStudent, telegramId)).toEqual({ data: { teacher: null } })
    expect(await read(as.teacher(active), telegramId)).toEqual({ data: { teacher: null } })
    expect(await read(as.teacher(telegramId), telegramId)).toEqual(seen)
    expect(await read(as.admin(), telegramId)).toEqual(seen)
    expect(await read(as.service('groups'), telegramId)).toEqual(seen)
  })

  test('nobody who is not signed in sees any', async () => {
    const refused = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }
    expect(await read(as.anonymous, active)).toMatchObject(refused)
    expect(await list({}, as.anonymous)).toMatchObject(refused)
    expect(await entities('Teacher', 'headline', [active], as.anonymous)).toMatchObject(refused)
  })

  test('a service looks up teachers, but does not page through them', async () => {
    expect((await list({}, as.service('groups'))).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ])
  })

  test('the list shows those who are active, and one to themselves', async () => {
    const all = { first: 100 }
    expect(await listed(all)).toEqual(everybody)
    expect(await listed(all, as.teacher(pending))).toEqual([...everybody, String(pending)])
    expect(await listed(all, as.admin())).toHaveLength(everybody.length + 3)
  })
})

describe('as entities', () => {
  test('teachers come in the order of the question, unknown and hidden ones without a profile', async () => {
    const ids = [closedBook, nobody, pending, active].map(String)
    const answer = await entities('Teacher', 'user { telegramId } headline', ids)
    const headlines = ['Teacher 1', null, null, 'Teacher 0']
    expect(answer).toEqual({
      data: {
        _entities: ids.map((telegramId, n) => ({ user: { telegramId }, headline: headlines[n] })),
      },
    })
  })

  test.each([pending, suspended, archived])(
    'of %s, who is not active, others get the person and nothing of the profile',
    async (telegramId) => {
      const hidden = await entities('Teacher', details, [telegramId])
      const [{ telegramId: id, user, ...profile }] = hidden.data._entities
      expect(hidden.errors).toBeUndefined()
      expect({ id, user }).toEqual({
        id: String(telegramId),
        user: { telegramId: String(telegramId) },
      })
      expect(Object.values(profile).filter((value) => value !== null)).toEqual([])
      for (const viewer of [as.teacher(telegramId), as.admin(), as.service('groups')]) {
        const { data } = await entities(
          'Teacher',
          'status timezone languages { language }',
          [telegramId],
          viewer,
        )
        expect(data._entities).toEqual([
          { status: expect.any(String), timezone: 'Europe/Moscow', languages: [] },
        ])
      }
    },
  )

  test('people have a teacher, or none', async () => {
    const ids = [String(active), String(nobody), String(pending)]
    const answer = await entities('User', 'telegramId teacher { headline }', ids)
    expect(answer.data._entities).toEqual([
      { telegramId: String(active), teacher: { headline: 'Teacher 0' } },
      { telegramId: String(nobody), teacher: null },
      { telegramId: String(pending), teacher: null },
    ])
  })

  test('who the teachers are is known without a statement', async () => {
    const ask = () => entities('Teacher', 'user { telegramId }', everybody)
    expect(await school.statements('teachers', ask)).toEqual([])
  })

  test.each(['Teacher', 'User'])('%s: one statement for five as for sixty', async (type) => {
    const fields = type === 'User' ? `teacher { ${details} }` : details
    const ask = (size: number) => entities(type, fields, everybody.slice(0, size))
    const few = await school.statements('teachers', () => ask(5))
    expect(few).toHaveLength(1)
    // The very same text: each new one would take a prepared statement of its own.
    expect(await school.statements('teachers', () => ask(60))).toEqual(few)
  })
})

describe('the list', () => {
  test('is paged through without gaps or doubles', async () => {
    const seen: string[] = []
    let after: string | null = null
    for (let page = 0; page < 10; page++) {
      const { data } = await list({ first: 7, after })
      const { nodes, pageInfo } = data.teachers
      seen.push(...nodes.map((node: { telegramId: string }) => node.telegramId))
      expect(pageInfo.hasPreviousPage).toBe(after !== null)
      after = pageInfo.endCursor
      if (!pageInfo.hasNextPage) break
    }
    expect(seen).toEqual(everybody)
  })

  test('takes two statements for a page of five as for one of sixty', async () => {
    expect(await school.statements('teachers', () => list({ first: 5 }))).toHaveLength(2)
    expect(await school.statements('teachers', () => list({ first: 60 }))).toHaveLength(2)
  })

  test.each([{ first: 0 }, { first: 101 }, { after: 'not a cursor' }])(
    'refuses the page %j',
    async (args) => {
      expect((await list(args)).errors).toMatchObject([
        { extensions: { code: 'BAD_USER_INPUT', field: Object.keys(args)[0] } },
      ])
    },
  )

  test('is narrowed by language, level and whether students are taken', async () => {
    const even = everybody.filter((_, number) => number % 2 === 0)
    const odd = everybody.filter((_, number) => number % 2 === 1)
    const filtered = (filter: object) => listed({ filter, first: 100 })
    // All speak German; one teaches it.
    expect(await filtered({ language: 'de' })).toEqual([String(active)])
    expect(await filtered({ language: 'de', level: 'B1' })).toEqual([])
    expect(await filtered({ language: 'en', level: 'A1' })).toEqual(even)
    expect(await filtered({ language: 'en', level: 'B1' })).toEqual(even)
    expect(await filtered({ language: 'en', level: 'B2' })).toEqual(odd)
    expect(await filtered({ level: 'C2' })).toEqual(odd)
    expect(await filtered({ language: 'fr' })).toEqual([])
    expect(await filtered({ isAcceptingStudents: false })).toEqual([String(closedBook)])
    expect(await filtered({ isAcceptingStudents: true, level: 'C2' })).toEqual(
      odd.filter((id) => id !== String(closedBook)),
    )
    expect(await filtered({ language: null, level: null })).toEqual(everybody)
  })
})
