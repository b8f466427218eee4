import { setTimeout as wait } from 'node:timers/promises'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { as, eveningEnglish, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const { people, fillEveningEnglish, lesson } = eveningEnglish
const services = readSubgraphs().map((subgraph) => subgraph.name)
const entry = `
  actor action table rowId telegramId requestId
  changes { field before after }`
const query = `query ($filter: AuditFilter) {
  auditLog { ${services.map((name) => `${name}(filter: $filter) { nodes { ${entry} } }`).join('\n')} }
}`

let school: TestSchool
let token: string
beforeAll(async () => {
  school = await startSchool({ services, gateway: true })
  await fillEveningEnglish(school)
  token = await school.signIn(people.admin)
})
afterAll(() => school.close())

const ask = (filter: object) => school.query(token, query, { filter })

/** Sends a mutation as the administrator. @returns the id that the answer's header gives the request */
async function change(mutation: string, input: object): Promise<string | null> {
  const response = await fetch(school.gatewayUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: mutation, variables: { input } }, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  })
  expect(await response.json()).not.toHaveProperty('errors')
  return response.headers.get('x-request-id')
}

const updateStudent = `mutation ($input: UpdateStudentInput!) { updateStudent(input: $input) { student { telegramId } } }`
const updateUser = `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { telegramId } } }`

test('a changed level is told: who, which row, from what to what, by which request', async () => {
  const requestId = await change(updateStudent, {
    telegramId: people.anna,
    languages: [{ language: 'en', level: 'B2' }],
    levelReason: 'Passed the test at last',
  })
  const { data } = await ask({ telegramId: people.anna, actor: `user:${people.admin}` })
  const { nodes } = data.auditLog.students
  expect(nodes).toHaveLength(2)
  const about = {
    actor: `user:${people.admin}`,
    telegramId: String(people.anna),
    requestId,
    rowId: expect.any(String),
  }
  expect(requestId).toMatch(/./)
  expect(nodes).toContainEqual({
    ...about,
    action: 'UPDATE',
    table: 'student_languages',
    changes: [{ field: 'level', before: 'B1', after: 'B2' }],
  })
  expect(nodes).toContainEqual({
    ...about,
    action: 'INSERT',
    table: 'level_assessments',
    changes: expect.arrayContaining([
      { field: 'level', before: null, after: 'B2' },
      { field: 'previous_level', before: null, after: 'B1' },
      { field: 'reason', before: null, after: '***' },
      { field: 'student_telegram_id', before: null, after: String(people.anna) },
    ]),
  })
})

test('a changed name is told, but neither the old one nor the new', async () => {
  await change(updateUser, { telegramId: people.boris, firstName: 'Bruno', timezone: 'Asia/Tokyo' })
  const { data } = await ask({ telegramId: people.boris })
  expect(data.auditLog.auth.nodes[0]).toMatchObject({
    action: 'UPDATE',
    table: 'users',
    changes: [
      { field: 'first_name', before: '***', after: '***' },
      { field: 'timezone', before: 'Europe/Moscow', after: 'Asia/Tokyo' },
    ],
  })
  expect(JSON.stringify(data)).not.toMatch(/Boris|Bruno|shy/)
})

test('all that six services changed about one person comes in one answer', async () => {
  const { data, errors } = await ask({ telegramId: people.anna, actor: 'system:test' })
  expect(errors).toBeUndefined()
  const tables = Object.entries(data.auditLog).map(([name, page]) => [
    name,
    (page as { nodes: { table: string }[] }).nodes.map(({ table }) => table).sort(),
  ])
  expect(Object.fromEntries(tables)).toEqual({
    auth: ['users'],
    teachers: [],
    students: ['group_enrollments', 'student_languages', 'students'],
    groups: ['group_members'],
    calendar: ['lesson_attendance', 'lesson_participants'],
    notification: ['notifications'],
  })
  expect(JSON.stringify(data)).not.toContain(String(people.boris))
})

test('all that happened to one row comes, the newest first', async () => {
  for (const status of ['CANCELLED', 'COMPLETED']) {
    await school.database('calendar').owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
       UPDATE lessons SET title = 'Anna, exam', cancel_reason = 'ill', status = '${status}' WHERE id = '${lesson}'; COMMIT`,
    )
  }
  const { data } = await ask({ table: 'lessons', rowId: lesson })
  expect(data.auditLog.calendar.nodes).toMatchObject([
    { changes: [{ field: 'status', before: 'CANCELLED', after: 'COMPLETED' }] },
    {
      changes: [
        { field: 'cancel_reason', before: null, after: '***' },
        { field: 'status', before: 'COMPLETED', after: 'CANCELLED' },
        { field: 'title', before: '***', after: '***' },
      ],
    },
    { action: 'INSERT', rowId: lesson, telegramId: String(people.tanya) },
  ])
  expect(data.auditLog.groups.nodes).toEqual([])
})

test('the people of an entry lead to what the graph knows of them', async () => {
  const person = '{ telegramId firstName }'
  const named = `query ($filter: AuditFilter) { auditLog {
    students(filter: $filter, first: 1) { nodes { user ${person} actorUser ${person} } }
    auth(filter: $filter, first: 1) { nodes { user ${person} actorUser ${person} } }
  } }`
  await change(updateUser, { telegramId: people.anna, timezone: 'UTC' })
  const filter = { telegramId: people.anna, actor: `user:${people.admin}` }
  const { data, errors } = await school.query(token, named, { filter })
  expect(errors).toBeUndefined()
  const node = {
    user: { telegramId: String(people.anna), firstName: 'Анна' },
    actorUser: { telegramId: String(people.admin), firstName: 'Vera' },
  }
  expect(data.auditLog).toEqual({ students: { nodes: [node] }, auth: { nodes: [node] } })
})

test('a service that is away costs its own part alone', async () => {
  const restart = await school.stop('groups')
  try {
    const { data, errors } = await ask({ telegramId: people.anna })
    expect(data.auditLog.groups).toBeNull()
    for (const name of services.filter((service) => service !== 'groups')) {
      expect(data.auditLog[name].nodes).toBeInstanceOf(Array)
    }
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'SERVICE_UNAVAILABLE', service: 'groups' },
    ])
  } finally {
    await restart()
  }
})

test('the services are asked at the same time, one statement each', async () => {
  for (const name of services) {
    expect(await school.statements(name, () => ask({})), name).toHaveLength(1)
  }
  const locks = await Promise.all(services.map((name) => school.database(name).owner.connect()))
  const waiting = `SELECT count(*)::int AS n FROM pg_locks l
    JOIN pg_database d ON d.oid = l.database AND datname = current_database() WHERE NOT granted`
  try {
    for (const client of locks) await client.query('BEGIN; LOCK TABLE audit_log')
    const answer = ask({})
    for (const client of locks) {
      const isWaiting = async () => (await client.query(waiting)).rows[0]?.n === 1
      while (!(await isWaiting())) await wait(20)
    }
    for (const client of locks) await client.query('COMMIT')
    expect((await answer).errors).toBeUndefined()
  } finally {
    for (const client of locks) client.release(true)
  }
})

describe('pages', () => {
  const page = `query ($filter: AuditFilter, $first: Int, $after: String) {
    auditLog { groups(filter: $filter, first: $first, after: $after) {
      nodes { id createdAt } pageInfo { hasNextPage endCursor }
    } }
  }`

  test('250 entries of one instant are read in pages, each once', async () => {
    const many = Array.from({ length: 250 }, (_, index) => ({
      name: `Group ${index}`,
      language: 'en',
      level: 'A1',
      teacher_telegram_id: people.sam,
      capacity: 1,
    }))
    await insert(school.database('groups'), 'groups', ...many)
    const read = async (after?: string): Promise<{ id: string; createdAt: string }[][]> => {
      const { data } = await school.query(token, page, {
        filter: { telegramId: people.sam },
        first: 100,
        after,
      })
      const { nodes, pageInfo } = data.auditLog.groups
      return pageInfo.hasNextPage ? [nodes, ...(await read(pageInfo.endCursor))] : [nodes]
    }
    const pages = await read()
    expect(pages.map((nodes) => nodes.length)).toEqual([100, 100, 50])
    const ids = pages.flat().map(({ id }) => id)
    expect(new Set(ids)).toHaveLength(250)
    expect(new Set(pages.flat().map(({ createdAt }) => createdAt))).toHaveLength(1)
    expect(ids).toEqual(ids.toSorted().reverse())
  })

  test('of a span of time, its begin belongs to it and its end does not', async () => {
    const filter = { telegramId: people.sam }
    const { data } = await school.query(token, page, { filter, first: 1 })
    const [{ createdAt }] = data.auditLog.groups.nodes
    const count = async (span: object) => {
      const asked = await school.query(token, page, { filter: { ...filter, ...span }, first: 100 })
      return asked.data.auditLog.groups.nodes.length
    }
    expect(await count({ from: createdAt })).toBe(100)
    expect(await count({ to: createdAt })).toBe(0)
  })

  test.each([
    ['a row without its table', { filter: { rowId: lesson } }, 'filter.rowId'],
    ['text that cannot be stored', { filter: { actor: 'user:\0' } }, 'filter.actor'],
    ['a page too large', { first: 101 }, 'first'],
    ['a cursor that is none', { after: 'x' }, 'after'],
  ])('%s is refused', async (_, variables, field) => {
    const { data, errors } = await school.query(token, page, variables)
    expect(data.auditLog).toEqual({ groups: null })
    expect(errors?.[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', field })
  })
})

describe.each(services)('%s', (name) => {
  const direct = `{ auditLog { ${name} { nodes { id } } } }`

  test('shows its log to administrators', async () => {
    const { data, errors } = await school.ask(name, as.admin(people.admin), direct)
    expect(errors).toBeUndefined()
    expect(data.auditLog[name].nodes).toBeInstanceOf(Array)
  })

  test.each([
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
    ['students', as.student(people.anna), 'FORBIDDEN'],
    ['teachers', as.teacher(people.tanya), 'FORBIDDEN'],
    ['programs', as.machine('people:read', 'contacts:read', 'students:read'), 'FORBIDDEN'],
    ['sister services', as.service('auth'), 'FORBIDDEN'],
  ])('and not to %s', async (_, viewer, code) => {
    const { data, errors } = await school.ask(name, viewer, direct)
    expect(data.auditLog).toBeNull()
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code])
  })
})

test('of who was erased, the log tells what happened and nothing more', async () => {
  const client = await school.database('students').owner.connect()
  await client.query(`BEGIN; SELECT set_config('classgram.actor', 'service:auth', true)`)
  await client.query('SELECT audit_forget($1)', [people.anna])
  await client.query('COMMIT')
  client.release()
  const { data } = await ask({ telegramId: people.anna })
  const [erasure, ...others] = data.auditLog.students.nodes
  expect(erasure).toMatchObject({
    actor: 'service:auth',
    table: 'audit_log',
    rowId: String(people.anna),
    changes: [{ field: 'forgotten', before: null, after: String(others.length) }],
  })
  expect(others.length).toBeGreaterThan(2)
  for (const { changes, actor, rowId } of others) {
    expect(changes).toEqual([])
    expect(actor).toMatch(/:/)
    expect(rowId).toMatch(/-/)
  }
})
