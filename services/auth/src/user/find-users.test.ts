import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

const people = [
  ['Анна', 'Иванова', 'anna_iv', 'STUDENT'],
  ['Anna', 'Ivanoff', null, 'STUDENT'],
  ['Дмитрий', 'Щербаков', null, 'STUDENT'],
  ['Алёна', 'Соловьёва', null, 'STUDENT'],
  ['Юлия', 'Цветаева', 'night_owl', 'STUDENT'],
  ['Тетяна', 'Шевченко', null, 'TEACHER'],
  ['José', 'Nuñez', null, 'TEACHER'],
  ['Łukasz', "O'Brien", null, 'ADMIN'],
  ['Żaneta', 'Čechová', null, 'STUDENT'],
  ['ნინო', 'ბერიძე', null, 'STUDENT'],
  ['Ελένη', 'Παπαδοπούλου', null, 'STUDENT'],
  ['美咲', '佐藤', null, 'STUDENT'],
  ['Bo', null, null, 'STUDENT'],
] as const

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth'] })
  await addPeople(
    ...people.map(([first_name, last_name, username, role]) => ({
      first_name,
      last_name,
      username,
      role,
    })),
  )
})
afterAll(() => school.close())

let latest = 5_000_000_000n
const addPeople = (...rows: { first_name: string; last_name?: string | null }[]) =>
  insert(
    school.database('auth'),
    'users',
    ...rows.map((row) => {
      latest += 1n
      return { role: 'STUDENT', username: null, telegram_id: latest, ...row }
    }),
  )

const query = `query ($filter: UserFilter, $first: Int, $after: String) {
  users(filter: $filter, first: $first, after: $after) {
    nodes { telegramId firstName lastName } pageInfo { hasNextPage endCursor }
  }
}`
const ask = (search: string, page: object = { first: 100 }, viewer = as.admin()) =>
  school.ask('auth', viewer, query, { filter: { search }, ...page })

/** First names, the best match first. */
const found = async (...args: Parameters<typeof ask>): Promise<string[]> => {
  const { data } = await ask(...args)
  return data.users.nodes.map((node: { firstName: string }) => node.firstName)
}

test.each([
  ['Анна', ['Иванова', 'ИВАНОВА', 'Ivanova', 'iwanowa', 'Ива', 'Анна Иванова', 'иванова  анна!']],
  [
    'Дмитрий',
    ['Dmitry', 'Dmitrii', 'дмитрий', 'Shcherbakov', 'Scherbakov', 'Sherbakov', 'Щирбаков'],
  ],
  ['Алёна', ['Алена', 'Alyona', 'Alena', 'Solovyova', 'Соловьева', 'Соловева']],
  ['Юлия', ['Julia', 'Yulia', 'Yuliya', 'Iuliia', 'Tsvetaeva', 'Цветаева Ю']],
  ['Тетяна', ['Shevchenko', 'Шевчинко', 'Tetiana', 'Tetyana', 'Тетяна Ш']],
  ['José', ['jose', 'Nunez', 'JOSÉ', 'Jose\u0301']],
  ['Łukasz', ['lukasz', 'Lucasz', 'OBrien', 'O’Brien']],
  ['Żaneta', ['Zaneta', 'Чехова', 'Chehova']],
  ['ნინო', ['ნინო', 'ინო', 'ბერიძე']],
  ['Ελένη', ['Ελένη', 'ΕΛΕΝΗ', 'ελενη', 'Παπαδο']],
  ['美咲', ['美咲', '佐藤', '藤']],
])('%s is found however the name is written', async (name, searches) => {
  for (const search of searches) {
    const [best] = await found(search)
    expect([search, best]).toEqual([search, name])
  }
})

/** How Postgres goes about a statement when it may not read the whole table. */
async function planOf(statement?: string): Promise<string> {
  const client = await school.database('auth').owner.connect()
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off')
    const { rows } = await client.query(`EXPLAIN (GENERIC_PLAN) ${statement}`)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

const wide = fc.constantFrom(...'abdefgiklmnoprstuvz')
const cyrillic = fc.constantFrom(...'абдефгиклмнопрстувз')
const nameOf = (letter: fc.Arbitrary<string>) =>
  fc.array(letter, { minLength: 7, maxLength: 14 }).map((letters) => letters.join(''))
const slips: Record<string, (name: string, at: number) => string> = {
  none: (name) => name,
  doubled: (name, at) => name.slice(0, at + 1) + name.slice(at),
  dropped: (name, at) => name.slice(0, at) + name.slice(at + 1),
  mistaken: (name, at) => `${name.slice(0, at)}h${name.slice(at + 1)}`,
  swapped: (name, at) => name.slice(0, at) + (name[at + 1] ?? '') + name[at] + name.slice(at + 2),
}

test('every name is found by itself, and with one slip of the finger', async () => {
  const names = fc.sample(fc.oneof(nameOf(wide), nameOf(cyrillic)), { numRuns: 150, seed: 7 })
  await addPeople(...names.map((first_name) => ({ first_name })))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.constantFrom(...Object.keys(slips)),
      fc.nat(),
      async (name, slip, place) => {
        expect(await found(slips[slip]?.(name, place % name.length) ?? '')).toContain(name)
      },
    ),
    { numRuns: 200 },
  )
})

test('up to three letters are how a word begins', async () => {
  expect((await found('bo'))[0]).toBe('Bo')
  expect((await found('Щ')).toSorted()).toEqual(['Дмитрий', 'Тетяна'])
  expect(await found('nn')).not.toContain('Анна')
  expect(await found('Анна ив')).toEqual(expect.arrayContaining(['Анна', 'Anna']))
  expect(await found('ана')).not.toContain('Тетяна')
  expect(await found('美')).toEqual(['美咲'])
})

test('all the words must fit', async () => {
  expect(await found('Анна Щербаков')).toEqual([])
  expect(await found('Anna Ivanova')).toEqual(['Анна', 'Anna'])
})

test('a search goes together with the rest of the filter', async () => {
  const filter = { search: 'Шевченко', role: 'STUDENT' }
  const { data } = await school.ask('auth', as.admin(), query, { filter })
  expect(data?.users.nodes).toEqual([])
  const both = { filter: { search: 'Шевченко', role: 'TEACHER', isActive: true } }
  expect((await school.ask('auth', as.admin(), query, both)).data?.users.nodes).toHaveLength(1)
})

test.each(['%', '_', '\\', '🎓', "'", '%%%', '¿', '\u0301', 'ь'])(
  '%j has no letters, so it finds nobody',
  async (search) => {
    expect(await ask(search)).toMatchObject({ data: { users: { nodes: [] } } })
  },
)

test.each(["Анна'; --", 'a%', '\\Анна_', 'Анна 🎓', '½', '𝐀𝐧𝐧𝐚', 'ﷺ', 'हिन्दी', 'x'.repeat(100)])(
  '%j is nothing special',
  async (search) => {
    expect((await ask(search)).errors).toBeUndefined()
  },
)

test.each(['', '   ', null])('%j searches nothing', async (search) => {
  const everybody = await school.ask('auth', as.admin(), query, { first: 100 })
  const { data } = await school.ask('auth', as.admin(), query, { filter: { search }, first: 100 })
  expect(data).toEqual(everybody.data)
})

test.each(['x'.repeat(101), 'x'.repeat(500), 'a b c d e f g h i', 'Ан\0на', '\ud800'])(
  '%j is refused',
  async (search) => {
    expect((await ask(search)).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', field: 'filter.search' } },
    ])
  },
)

test('a cursor belongs to its kind of list', async () => {
  const searched = await ask('Анна', { first: 1 })
  const listed = await school.ask('auth', as.admin(), query, { first: 1 })
  const cursors = [searched, listed].map(({ data }) => data?.users.pageInfo.endCursor)
  const refused = { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }] }
  expect(await ask('Анна', { after: cursors[1] })).toMatchObject(refused)
  const unsearched = await school.ask('auth', as.admin(), query, { after: cursors[0] })
  expect(unsearched).toMatchObject(refused)
})

test('pages have each once, the best match first, while others come', async () => {
  const all = Array.from({ length: 22 }, (_, n) => `Kseniya${'bcdefghijklmnopqrstuvw'[n]}`)
  await addPeople(...all.map((first_name) => ({ first_name })), { first_name: 'Ксения' })
  const seen: string[] = []
  for (let after: string | null = null, more = true; more; ) {
    const { data } = await ask('Xenia', { first: 5, after })
    seen.push(...data.users.nodes.map((node: { firstName: string }) => node.firstName))
    ;({ endCursor: after, hasNextPage: more } = data.users.pageInfo)
    await addPeople({ first_name: 'Xenia', last_name: 'Later' })
  }
  expect(seen[0]).toBe('Ксения')
  const old = seen.filter((name) => name !== 'Xenia')
  expect(old.toSorted()).toEqual([...all, 'Ксения'].toSorted())
  expect(new Set(old).size).toBe(old.length)
})

test('a search is one statement, and the same however many it finds', async () => {
  const few = await school.statements('auth', () => ask('佐藤'))
  expect(few).toHaveLength(1)
  expect(await school.statements('auth', () => ask('Ксения'))).toEqual(few)
})

test.each([
  [
    'users_search_names_and_username',
    as.admin(),
    '{ users(filter: { search: "Anna" }) { nodes { role } } }',
  ],
  [
    'users_search_names',
    as.machine('people:read'),
    '{ users(filter: { search: "Anna" }) { nodes { role } } }',
  ],
  ['users_search_teachers', as.service('teachers'), '{ teachersByName(words: ["Anna"]) { rank } }'],
])('%s serves a search', async (index, viewer, search) => {
  const [statement] = await school.statements('auth', () => school.ask('auth', viewer, search))
  expect(await planOf(statement)).toContain(`on ${index} `)
})

test('who may not see usernames does not find by them', async () => {
  expect(await found('night_owl')).toEqual(['Юлия'])
  const names = as.machine('people:read')
  expect(await found('night_owl', {}, names)).toEqual([])
  expect(await found('Цветаева', {}, names)).toEqual(['Юлия'])
  expect(await found('night_owl', {}, as.machine('people:read', 'contacts:read'))).toEqual(['Юлия'])
})

test('sister services find teachers and administrators, by names alone', async () => {
  const teachers = (words: string[], viewer = as.service('teachers')) =>
    school.ask(
      'auth',
      viewer,
      'query ($words: [String!]!) { teachersByName(words: $words) { telegramId rank } }',
      { words },
    )
  const { data } = await teachers(['Shevchenko'])
  expect(data?.teachersByName).toEqual([{ telegramId: '5000000006', rank: 1000 }])
  expect((await teachers(['obrien'])).data?.teachersByName).toHaveLength(1)
  expect((await teachers(['Анна'])).data?.teachersByName).toEqual([])
  expect((await teachers([])).data?.teachersByName).toEqual([])
  for (const viewer of [as.admin(), as.student(1n), as.machine('people:read')]) {
    expect((await teachers(['Anna'], viewer)).errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
})
