import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

const { people, fillEveningEnglish } = eveningEnglish
const services = ['auth', 'teachers', 'students', 'groups', 'calendar', 'notification']
const committed = join(import.meta.dirname, '../supergraph.graphql')

describe('in development', () => {
  let school: TestSchool
  let folder: string
  let token: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'classgram-supergraph-'))
    await copyFile(committed, join(folder, 'supergraph.graphql'))
    school = await startSchool({
      services,
      gateway: true,
      env: {
        gateway: {
          SUPERGRAPH_FILE: join(folder, 'supergraph.graphql'),
          SANDBOX_TELEGRAM_ID: String(people.anna),
        },
      },
    })
    await fillEveningEnglish(school)
    token = await school.signIn(people.anna)
  })
  afterAll(async () => {
    await school.close()
    await rm(folder, { recursive: true })
  })

  test('a browser gets Apollo Sandbox with the Profile query, its variables and a token that holds', async () => {
    const page = await fetch(school.gatewayUrl, { headers: { accept: 'text/html' } })
    const html = await page.text()
    expect(html).toContain('query Profile($telegramId: TelegramID!')
    expect(html).toContain(String(people.anna))
    const [, prefilled = ''] = /Bearer ([\w.-]+)/.exec(html) ?? []
    const answer = await school.query(prefilled, '{ me { telegramId } }')
    expect(answer.data.me).toEqual({ telegramId: String(people.anna) })
    const root = await fetch(school.url('gateway'), { redirect: 'manual' })
    expect(root.headers.get('location')).toBe('/graphql')
  })

  test.each(['/livez', '/readyz'])('%s answers', async (path) => {
    expect((await fetch(school.url('gateway') + path)).status).toBe(200)
    for (const service of services) {
      expect((await fetch(school.url(service) + path)).status).toBe(200)
    }
  })

  describe('GET /api/user/profile/:telegram_id', () => {
    const get = async (id: string, bearer: string | null = token, query = '') => {
      const response = await fetch(`${school.url('gateway')}/api/user/profile/${id}${query}`, {
        headers: bearer ? { authorization: `Bearer ${bearer}` } : {},
      })
      const body = (await response.json()) as Answer['data']
      return { status: response.status, body }
    }

    test('gives the profile in five parts', async () => {
      const range = '?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z'
      expect(await get(String(people.anna), token, range)).toMatchObject({
        status: 200,
        body: {
          user: { telegramId: String(people.anna), firstName: 'Анна', role: 'STUDENT' },
          teacher: null,
          student: { languages: [{ language: 'en', level: 'B1' }] },
          groups: [{ name: 'Evening English' }],
          lessons: [{ title: 'Lesson 1', participants: [{ attendance: { status: 'LATE' } }] }],
        },
      })
    })

    test.each([
      ['abc', 400, 'BAD_USER_INPUT'],
      [String(people.boris), 403, 'FORBIDDEN'],
    ])('%s gives %i', async (id, status, code) => {
      const answer = await get(id)
      expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([status, code])
    })

    test('401 without a token, and with one that does not hold', async () => {
      expect((await get(String(people.anna), null)).status).toBe(401)
      expect((await get(String(people.anna), 'nonsense')).status).toBe(401)
    })

    test("a student's teacher gets all of it, and 400 for a range that is none, like anybody", async () => {
      const teacher = await school.signIn(people.tanya)
      const answer = await get(String(people.anna), teacher)
      expect(answer).toMatchObject({ status: 200, body: { user: { firstName: 'Анна' } } })
      expect(answer.body).not.toHaveProperty('errors')
      expect((await get(String(people.anna), teacher, '?from=yesterday')).status).toBe(400)
    })

    test('404 for somebody unknown', async () => {
      const admin = await school.signIn(people.admin)
      expect((await get('77', admin)).status).toBe(404)
    })

    test.each([
      ['a range that is none', `${people.anna}?from=yesterday`],
      ['an id of 200 digits', '9'.repeat(200)],
      ['an address that cannot be decoded', '%zz'],
    ])('400 for %s', async (_, path) => {
      const answer = await get(path)
      expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([
        400,
        'BAD_USER_INPUT',
      ])
    })
  })

  describe('bad input is named by its field, in the words of the gateway and of the subgraphs alike', () => {
    test.each([
      ['telegramId', '{ user(telegramId: "abc") { firstName } }', {}],
      ['id', 'query ($id: UUID!) { group(id: $id) { name } }', { id: '5' }],
      ['first', '{ groups(first: 101) { nodes { name } } }', {}],
      ['level', '{ groups(filter: { level: B9 }) { nodes { name } } }', {}],
      [
        'f.level',
        'query ($f: GroupFilter) { groups(filter: $f) { nodes { name } } }',
        { f: { level: 'B9' } },
      ],
      ['nonsense', '{ nonsense }', {}],
    ])('%s', async (field, query, variables) => {
      const answer = await school.query(token, query, variables)
      expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
    })

    const nested = (levels: number, inside = 'name'): string =>
      levels === 0 ? inside : `teacher { groups { ${nested(levels - 1, inside)} } }`
    const aliased = (count: number, field: string) =>
      Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')
    test.each([
      [
        'is nested too deeply',
        'nested',
        `{ groups { nodes { ${'teacher { user { teacher { user { '.repeat(3)} firstName ${'} } } }'.repeat(3)} } } }`,
      ],
      [
        'has lists within lists within lists',
        'smaller pages',
        `{ groups { nodes { ${nested(4)} } } }`,
      ],
      [
        'asks for large pages of large pages',
        'smaller pages',
        '{ users(first: 100) { nodes { groups { members(first: 100) { nodes { status } } } } } }',
      ],
      [
        'makes up for large pages by one of less than nothing',
        'smaller pages',
        '{ users(first: 100) { nodes { groups { members(first: 100) { nodes { status } } } } } groups(first: -1000000) { nodes { name } } }',
      ],
      [
        'asks the same dozens of times',
        'in one place',
        `{ ${aliased(40, 'groups(first: 1) { nodes { name } }')} }`,
      ],
    ])('a query that %s is refused before anything runs', async (_, words, query) => {
      const statements = await school.statements('groups', async () => {
        const answer = await school.query(token, query)
        expect(answer.errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
        expect(answer.errors?.[0].message).toContain(words)
      })
      expect(statements).toEqual([])
    })

    test.each([
      [
        'an operation that is not there',
        { query: '{ me { role } }', operationName: 'X' },
        'operationName',
      ],
      [
        'two operations and none named',
        { query: 'query A { me { role } } query B { me { role } }' },
        'operationName',
      ],
      ['a subscription', { query: 'subscription { x }' }, 'query'],
      [
        'variables that nest without end',
        { query: 'query ($id: UUID!) { group(id: $id) { name } }', variables: { id: 'NESTED' } },
        'variables',
      ],
      [
        'fragments that multiply',
        {
          query: `{ ...f0 } ${Array.from({ length: 40 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(' ')} fragment f40 on Query { me { role } }`,
        },
        undefined,
      ],
    ])('%s', async (_, body, field) => {
      const response = await fetch(school.gatewayUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body).replace('"NESTED"', '['.repeat(5_000) + ']'.repeat(5_000)),
      })
      const { errors } = (await response.json()) as { errors: { extensions: object }[] }
      expect(response.status).toBe(400)
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', ...(field && { field }) })
    })

    test('text that is no JSON', async () => {
      const response = await fetch(school.gatewayUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{',
      })
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
      ])
    })
  })

  test('a new supergraph is taken up while it runs; a broken one is not', async () => {
    const file = join(folder, 'supergraph.graphql')
    const sdl = await readFile(committed, 'utf8')
    const described = () => school.query(token, '{ __type(name: "Group") { description } }')
    await writeFile(
      file,
      sdl.replace('Students who learn one language together', 'A circle of people'),
    )
    await vi.waitFor(
      async () =>
        expect((await described()).data.__type.description).toContain('A circle of people'),
      { timeout: 10_000, interval: 100 },
    )
    await writeFile(file, 'type Query {')
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await described()).data.__type.description).toContain('A circle of people')
    await writeFile(file, sdl)
  })
})

describe('in production', () => {
  let school: TestSchool
  beforeAll(async () => {
    const production = { NODE_ENV: 'production' }
    school = await startSchool({
      services: ['auth'],
      gateway: true,
      env: { gateway: production, auth: production },
    })
  })
  afterAll(() => school.close())

  test('there is no landing page, no introspection, no sign-in for development', async () => {
    const page = await fetch(school.gatewayUrl, { headers: { accept: 'text/html' } })
    expect(await page.text()).not.toContain('sandbox')
    expect((await fetch(school.url('gateway'))).status).toBe(404)
    for (const query of [
      '{ __schema { types { name } } }',
      'mutation { devSignIn(telegramId: "1") { accessToken } }',
    ]) {
      const answer = await school.query(null, query)
      expect(answer.data).toBeUndefined()
      expect(answer.errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
    }
  })
})
