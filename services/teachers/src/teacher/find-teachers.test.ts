import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

const levels = ['A1', 'A2', 'B1', 'B2', 'C1', 'C2'] as const
const tags = ['en', 'en-GB', 'en-US', 'de', 'zh-Hant', 'zh'] as const
const base = 5_000_000_000n
const student = as.student(1n)

/** First and last name, role, status of the profile, and what is taught. */
const people = [
  ['Татьяна', 'Иванова', 'TEACHER', 'ACTIVE', [['en', 'A1', 'B1']]],
  [
    'Tanya',
    'Smith',
    'TEACHER',
    'ACTIVE',
    [
      ['en-GB', 'B1', 'C2'],
      ['de', null, null],
    ],
  ],
  ['Таня', 'Петрова', 'TEACHER', 'SUSPENDED', [['en', 'A1', 'C2']]],
  [
    'Tanja',
    'Weber',
    'ADMIN',
    'ACTIVE',
    [
      ['de', 'A1', 'A2'],
      ['zh-Hant', 'B1', 'B1'],
    ],
  ],
  ['Tanya', 'Pupil', 'STUDENT', null, []],
  ['Boris', 'Годунов', 'TEACHER', 'ACTIVE', [['en-US', 'A1', 'A1']]],
] as const
type Taught = readonly (readonly [string, string | null, string | null])[]

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth', 'teachers'] })
  await addTeachers(
    ...people.map(([first_name, last_name, role, status, taught], number) => ({
      telegram_id: base + BigInt(number),
      first_name,
      last_name,
      role,
      status,
      taught,
    })),
  )
})
afterAll(() => school.close())

async function addTeachers(
  ...added: {
    telegram_id: bigint
    first_name: string
    last_name: string
    role?: string
    status?: string | null
    taught: Taught
  }[]
) {
  await insert(
    school.database('auth'),
    'users',
    ...added.map(({ telegram_id, first_name, last_name, role = 'TEACHER' }) => ({
      ...{ telegram_id, first_name, last_name, role },
    })),
  )
  const teachers = added.filter(({ status }) => status !== null)
  await insert(
    school.database('teachers'),
    'teachers',
    ...teachers.map(({ telegram_id, status = 'ACTIVE' }) => ({ telegram_id, status })),
  )
  await insert(
    school.database('teachers'),
    'teacher_languages',
    ...teachers.flatMap(({ telegram_id, taught }) =>
      taught.map(([language, min_level, max_level]) => ({
        teacher_telegram_id: telegram_id,
        proficiency: 'C2',
        ...{ language, min_level, max_level },
      })),
    ),
  )
}

const ask = (filter: object, page: object = { first: 100 }, viewer: Viewer = student) =>
  school.ask(
    'teachers',
    viewer,
    `query ($filter: TeacherFilter, $first: Int, $after: String) {
      teachers(filter: $filter, first: $first, after: $after) {
        nodes { telegramId } pageInfo { hasNextPage endCursor }
      }
    }`,
    { filter, ...page },
  )

/** Which of the people above, by number, in the order of the answer. */
const found = async (...args: Parameters<typeof ask>): Promise<number[]> => {
  const { data } = await ask(...args)
  return data.teachers.nodes.map(({ telegramId }: { telegramId: string }) =>
    Number(BigInt(telegramId) - base),
  )
}

test('who teaches a language teaches its varieties, and the other way round', async () => {
  expect(await found({ language: 'en' })).toEqual([0, 1, 5])
  expect(await found({ language: 'en-GB' })).toEqual([0, 1])
  expect(await found({ language: 'en-US' })).toEqual([0, 5])
  expect(await found({ language: 'de' })).toEqual([3])
  expect(await found({ language: 'zh-Hant-TW', level: 'B1' })).toEqual([3])
  expect(await found({ language: 'zh-Hans' })).toEqual([])
})

test('a level counts for the language that is asked for', async () => {
  expect(await found({ language: 'en', level: 'C1' })).toEqual([1])
  expect(await found({ language: 'en-GB', level: 'B1' })).toEqual([0, 1])
  expect(await found({ level: 'A2' })).toEqual([0, 3])
})

test('somebody signed in finds teachers by their name, however it is written', async () => {
  for (const search of ['Ivanova', 'иванова', 'Ивонова', 'tatyana', 'Татиана', 'Иванова Т']) {
    expect([search, await found({ search })]).toEqual([search, [0]])
  }
  expect(await found({ search: 'Годуновв' })).toEqual([5])
  expect(await found({ search: 'Nobody' })).toEqual([])
})

test('students, and teachers whose profile is not active, are not found', async () => {
  // Tatyana is like it, but less so.
  const [first, second, ...others] = await found({ search: 'tanya' })
  expect([[first, second].toSorted(), others]).toEqual([[1, 3], [0]])
  expect(await found({ search: 'Tanya', language: 'en-GB' })).toEqual([1, 0])
  expect(await found({ search: 'Pupil' })).toEqual([])
  expect(await found({ search: 'Петрова' })).toEqual([])
  expect(await found({ search: 'Петрова' }, {}, as.teacher(base + 2n))).toEqual([2])
  expect(await found({ search: 'Петрова' }, {}, as.admin())).toEqual([2])
})

test('what has no letters finds nobody, and blank is no search', async () => {
  expect(await found({ search: '%' })).toEqual([])
  expect(await found({ search: ' ' })).toEqual([0, 1, 3, 5])
  expect((await ask({ search: 'x'.repeat(101) })).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field: 'filter.search' } },
  ])
})

test('while auth is away, names are not found and the rest is', async () => {
  const restart = await school.stop('auth')
  try {
    const { errors } = await ask({ search: 'Tanya' })
    expect(errors?.[0].extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'auth' })
    expect(await found({ language: 'de' })).toEqual([3])
  } finally {
    await restart()
  }
})

test('pages have each once, the best match first, while others come', async () => {
  const name = (number: number) => `Maximilian${'bcdfgh'[number % 6]}`
  const teacher = (number: number) => ({
    telegram_id: base + BigInt(number),
    first_name: name(number),
    last_name: 'Many',
    taught: [['de', 'A1', 'A1']] as const,
  })
  await addTeachers(...Array.from({ length: 25 }, (_, number) => teacher(100 + number)))
  await addTeachers({ ...teacher(99), first_name: 'Максимилиан' })
  const seen: number[] = []
  for (let after: string | null = null, more = true, number = 200; more; number++) {
    const { data } = await ask({ search: 'Maksimilian' }, { first: 4, after })
    for (const { telegramId } of data.teachers.nodes) seen.push(Number(BigInt(telegramId) - base))
    ;({ endCursor: after, hasNextPage: more } = data.teachers.pageInfo)
    await addTeachers({ ...teacher(number), first_name: 'Maximilian' })
  }
  expect(seen[0]).toBe(99)
  const old = seen.filter((number) => number < 200)
  expect(old.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 26 }, (_, n) => 99 + n))
})

test('a search is one question to auth, and a page is two statements', async () => {
  for (const first of [2, 20]) {
    const statements = async (service: string) => {
      const query = `query ($first: Int) {
        teachers(filter: { search: "Maximilian" }, first: $first) { nodes { headline } }
      }`
      return school.statements(service, () => school.ask('teachers', student, query, { first }))
    }
    expect(await statements('auth')).toHaveLength(1)
    expect(await statements('teachers')).toHaveLength(2)
  }
})

test('the filter finds those who teach, as the groups service sees it', async () => {
  const taught = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...tags), fc.nat(5), fc.nat(5))
      .map(
        ([tag, one, other]) =>
          [tag, levels[Math.min(one, other)], levels[Math.max(one, other)]] as const,
      ),
    { maxLength: 3, selector: ([tag]) => tag },
  )
  const profiles = fc.sample(taught, { numRuns: 60, seed: 1 })
  await addTeachers(
    ...profiles.map((taught, number) => ({
      telegram_id: base + 1000n + BigInt(number),
      first_name: 'Some',
      last_name: 'Body',
      taught: taught as unknown as Taught,
    })),
  )
  const fits = (asked: string, own: string) =>
    `${asked}-`.startsWith(`${own}-`) || `${own}-`.startsWith(`${asked}-`)
  for (const language of tags) {
    for (const level of levels) {
      const expected = profiles.flatMap((taught, number) =>
        taught.some(
          ([tag, min, max]) => fits(language, tag) && `${min}` <= level && level <= `${max}`,
        )
          ? [1000 + number]
          : [],
      )
      const all = await found({ language, level })
      expect(all.filter((number) => number >= 1000)).toEqual(expected)
    }
  }
})
