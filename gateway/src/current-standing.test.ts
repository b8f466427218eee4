import { eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const { people, group, fillEveningEnglish } = eveningEnglish

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['auth', 'teachers', 'students', 'groups', 'calendar', 'notification'],
    gateway: true,
  })
  await fillEveningEnglish(school)
})
afterAll(() => school.close())
beforeEach(async () => {
  await change("role = 'TEACHER', is_active = true, erased_at = NULL")
})

/** Changes Tanya behind the API's back, while her token goes on. */
const change = (set: string) =>
  school
    .database('auth')
    .owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true); UPDATE users SET ${set} WHERE telegram_id = ${people.tanya}; COMMIT`,
    )

const rename = (token: string) =>
  school.query(
    token,
    'mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { name } } }',
    { input: { id: group, name: 'Night English' } },
  )
const code = ({ errors }: Awaited<ReturnType<typeof rename>>) => errors?.[0]?.extensions.code
const read = (token: string) => school.query(token, '{ me { telegramId } }')

test('who is what the token says writes as before, at the price of one statement', async () => {
  const token = await school.signIn(people.tanya)
  await read(token)
  const statements = await school.statements('auth', async () => {
    expect((await rename(token)).data?.updateGroup.group.name).toBe('Night English')
  })
  expect(statements).toHaveLength(1)
})

test.each([
  ['is a student now', "role = 'STUDENT'", 'FORBIDDEN'],
  ['was shut out', 'is_active = false', 'UNAUTHENTICATED'],
  ['was erased', 'erased_at = now()', 'UNAUTHENTICATED'],
])('who %s writes nothing more, in any service, from that moment on', async (_, set, refusal) => {
  const token = await school.signIn(people.tanya)
  await change(set)
  expect(code(await rename(token))).toBe(refusal)
  expect((await read(token)).errors).toBeUndefined()
})

test('a new role writes with the old token', async () => {
  await change("role = 'STUDENT'")
  const token = await school.signIn(people.tanya)
  expect(code(await rename(token))).toBe('FORBIDDEN')
  await change("role = 'ADMIN'")
  expect(code(await rename(token))).toBeUndefined()
})

test('a mutation does not hide behind a query of the same document', async () => {
  const token = await school.signIn(people.tanya)
  await change('is_active = false')
  const response = await fetch(school.gatewayUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: `query Harmless { __typename } mutation Rename { updateGroup(input: { id: "${group}", name: "Mine" }) { group { name } } }`,
      operationName: 'Rename',
    }),
  })
  expect(code((await response.json()) as never)).toBe('UNAUTHENTICATED')
})

test('nobody asks for it through the graph', async () => {
  const answer = await school.query(await school.signIn(people.tanya), '{ standing { role } }')
  expect(answer.errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
})

test('while auth is away nobody writes, and everybody is told to come back', async () => {
  const token = await school.signIn(people.tanya)
  const restart = await school.stop('auth')
  try {
    expect((await rename(token)).errors?.[0].extensions).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      service: 'auth',
    })
  } finally {
    await restart()
  }
})

test('while the database of auth is shut nobody writes, and nobody is taken for signed out', async () => {
  const token = await school.signIn(people.tanya)
  await read(token)
  const { owner } = school.database('auth')
  const { rows } = await owner.query('SELECT current_database() AS name')
  const admit = (connections: number) =>
    owner.query(`ALTER DATABASE ${rows[0].name} CONNECTION LIMIT ${connections}`)
  await admit(0)
  try {
    await owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'auth'`,
    )
    expect((await rename(token)).errors?.[0].extensions).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      service: 'auth',
    })
  } finally {
    await admit(-1)
  }
  expect((await rename(token)).errors).toBeUndefined()
})
