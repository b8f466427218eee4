import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

const tanya = 4_294_967_301n
const anna = as.student(1_099_511_627_777n)
const idOf = (number: number) => `01930000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** Name, language, level, status, seats, and the stays in it: `offered` is a seat kept for who waits. */
const groups = [
  ['Вечерний английский', 'en', 'B1', 'RUNNING', 3, ['ACTIVE', 'PAUSED', 'LEFT', 'INVITED']],
  ['Evening English', 'en-GB', 'B1', 'OPEN', 2, ['ACTIVE', 'offered']],
  ['Deutsch am Abend', 'de', 'A2', 'OPEN', 2, ['ACTIVE', 'WAITLISTED']],
  ['Ganz neu', 'de', 'A1', 'OPEN', 5, []],
  ['Pläne', 'de', 'A1', 'DRAFT', 5, []],
  ['Last year', 'en', 'B1', 'FINISHED', 5, []],
  ['Put away', 'en', 'B1', 'ARCHIVED', 5, []],
  ['Full house', 'enm', 'C1', 'RUNNING', 1, ['ACTIVE']],
  ['日本語 入門', 'ja', 'A1', 'OPEN', 8, []],
] as const

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
  const database = school.database('groups')
  await addGroups(
    ...groups.map(([name, language, level, status, capacity], number) => ({
      id: idOf(number),
      name,
      language,
      level,
      status,
      capacity,
      created_at: `2026-01-0${number + 1}`,
    })),
  )
  const stays = groups.flatMap(([, , , , , states], group) =>
    states.map((state) => ({ group, state })),
  )
  const at = '2026-02-01T00:00:00Z'
  await insert(
    database,
    'group_members',
    ...stays.map(({ group, state }, number) => ({
      group_id: idOf(group),
      student_telegram_id: 6_000_000_000n + BigInt(number),
      status: state === 'offered' ? 'WAITLISTED' : state,
      waiting_position: ['offered', 'WAITLISTED'].includes(state) ? 1 : null,
      awaits_approval: state === 'WAITLISTED',
      offered_at: state === 'offered' ? at : null,
      offer_expires_at: state === 'offered' ? '2026-02-02T00:00:00Z' : null,
      passed_at: null,
      invited_at: state === 'INVITED' ? at : null,
      joined_at: ['ACTIVE', 'PAUSED', 'LEFT'].includes(state) ? at : null,
      left_at: state === 'LEFT' ? at : null,
    })),
  )
})
afterAll(() => school.close())

const addGroups = (...rows: Record<string, unknown>[]) =>
  insert(
    school.database('groups'),
    'groups',
    ...rows.map((row) => ({
      id: crypto.randomUUID(),
      language: 'en',
      level: 'B1',
      status: 'OPEN',
      capacity: 8,
      teacher_telegram_id: tanya,
      created_at: '2026-03-01',
      ...row,
    })),
  )

const ask = (filter: object, page: object = { first: 100 }, viewer: Viewer = anna) =>
  school.ask(
    'groups',
    viewer,
    `query ($filter: GroupFilter, $first: Int, $after: String) {
      groups(filter: $filter, first: $first, after: $after) {
        nodes { name } pageInfo { hasNextPage endCursor }
      }
    }`,
    { filter, ...page },
  )
const found = async (...args: Parameters<typeof ask>): Promise<string[]> => {
  const { data } = await ask(...args)
  return data.groups.nodes.map((node: { name: string }) => node.name)
}

test('groups with a free seat are those that a student can join at once', async () => {
  const free = ['Вечерний английский', 'Deutsch am Abend', 'Ganz neu', '日本語 入門']
  expect(await found({ hasFreeSeats: true })).toEqual(free)
  expect(await found({ hasFreeSeats: true }, {}, as.admin())).toEqual(free)
  const others = ['Evening English', 'Last year', 'Full house']
  expect(await found({ hasFreeSeats: false })).toEqual(others)
  const teacher = as.teacher(tanya)
  const all = await found({ hasFreeSeats: false }, {}, teacher)
  expect(all).toEqual([others[0], 'Pläne', ...others.slice(1)])
})

test('free seats go together with language, level and status', async () => {
  expect(await found({ hasFreeSeats: true, language: 'de', level: 'A2' })).toEqual([
    'Deutsch am Abend',
  ])
  expect(await found({ hasFreeSeats: true, status: ['RUNNING'] })).toEqual(['Вечерний английский'])
  expect(await found({ hasFreeSeats: true, teacherTelegramId: 1 })).toEqual([])
  expect(await found({ status: [] })).toEqual([])
})

test('what is put away is listed to who asks for it', async () => {
  for (const viewer of [anna, as.teacher(tanya), as.admin()]) {
    expect(await found({}, {}, viewer)).not.toContain('Put away')
    expect(await found({ search: 'Put away' }, {}, viewer)).not.toContain('Put away')
    expect(await found({ status: ['ARCHIVED'] }, {}, viewer)).toEqual(['Put away'])
  }
})

test('a language stands for its varieties, and is no other’s beginning', async () => {
  const english = ['Вечерний английский', 'Evening English', 'Last year']
  expect(await found({ language: 'en' })).toEqual(english)
  expect(await found({ language: 'en-GB' })).toEqual(['Evening English'])
  expect(await found({ language: 'enm' })).toEqual(['Full house'])
})

test.each([
  ['Evening English', ['english', 'Evning Englsh', 'ИВНИНГ инглиш', 'eve', 'English evening']],
  ['Вечерний английский', ['вечерний', 'vecherniy', 'Angliyskiy', 'англиский', 'вечирний ан']],
  ['日本語 入門', ['日本語', '本', '入門 日本']],
])('%s is found however it is written', async (name, searches) => {
  for (const search of searches) {
    const [best] = await found({ search })
    expect([search, best]).toEqual([search, name])
  }
})

test('a draft is found by its teacher and administrators alone', async () => {
  const search = { search: 'Plane' }
  expect(await found(search)).toEqual([])
  expect(await found(search, {}, as.teacher(1n))).toEqual([])
  expect(await found(search, {}, as.teacher(tanya))).toEqual(['Pläne'])
  expect(await found(search, {}, as.admin())).toEqual(['Pläne'])
})

test('a search goes together with the rest of the filter', async () => {
  expect(await found({ search: 'evening', hasFreeSeats: true })).toEqual([])
  expect(await found({ search: 'evening', language: 'en', status: ['OPEN'] })).toEqual([
    'Evening English',
  ])
})

test.each(['%', '_', '🎓', '\\'])('%j finds nothing', async (search) => {
  expect(await ask({ search })).toMatchObject({ data: { groups: { nodes: [] } } })
})

test.each(['\0', 'x'.repeat(101), 'a b c d e f g h i'])('%j is refused', async (search) => {
  expect((await ask({ search })).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field: 'filter.search' } },
  ])
})

test('whatever is asked for, pages have each once while other groups come', async () => {
  const names = fc.sample(fc.string({ minLength: 1, maxLength: 20 }), { numRuns: 40, seed: 3 })
  await addGroups(...names.map((text) => ({ name: `Course ${text.replaceAll('\0', '')}` })))
  const parts = fc.record(
    {
      search: fc.constantFrom('course', 'Курс', 'coarse'),
      hasFreeSeats: fc.boolean(),
      language: fc.constantFrom('en', 'de'),
      status: fc.subarray(['OPEN', 'RUNNING', 'FINISHED']),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 3, max: 30 }), async (filter, first) => {
      const whole = await found(filter)
      const seen: string[] = []
      for (let after: string | null = null, more = true; more; ) {
        const { data } = await ask(filter, { first, after })
        seen.push(...data.groups.nodes.map((node: { name: string }) => node.name))
        ;({ endCursor: after, hasNextPage: more } = data.groups.pageInfo)
        // Comes last of all, in either order.
        await addGroups({ name: 'Later', created_at: '2027-01-01' })
      }
      expect(seen.filter((name) => name !== 'Later')).toEqual(
        whole.filter((name) => name !== 'Later'),
      )
    }),
    { numRuns: 12 },
  )
})

test('a page is one statement, whatever is asked for and however long it is', async () => {
  for (const filter of [{}, { hasFreeSeats: true, language: 'en' }, { search: 'course' }]) {
    const few = await school.statements('groups', () => ask(filter, { first: 2 }))
    expect(few).toHaveLength(1)
    expect(await school.statements('groups', () => ask(filter, { first: 40 }))).toEqual(few)
  }
})

test('an index serves a search', async () => {
  const [statement] = await school.statements('groups', () => ask({ search: 'course' }))
  const client = await school.database('groups').owner.connect()
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off')
    const { rows } = await client.query(`EXPLAIN (GENERIC_PLAN) ${statement}`)
    expect(JSON.stringify(rows)).toContain('on groups_search_name ')
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
})
