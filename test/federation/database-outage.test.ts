import { as, eveningEnglish, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const { people, group, fillEveningEnglish } = eveningEnglish

let school: TestSchool
beforeAll(async () => {
  const services = ['auth', 'teachers', 'students', 'groups', 'calendar', 'notification']
  school = await startSchool({ services })
  await fillEveningEnglish(school)
})
afterAll(() => school.close())

const read = (viewer = as.student(people.anna)) =>
  school.ask('groups', viewer, 'query ($id: UUID!) { group(id: $id) { name } }', { id: group })
const ready = async () => (await fetch(`${school.url('groups')}/readyz`)).status

test('while its database is shut, a service says so; afterwards it goes on by itself', async () => {
  const { owner } = school.database('groups')
  const { rows } = await owner.query('SELECT current_database() AS name')
  const admit = (connections: number) =>
    owner.query(`ALTER DATABASE ${rows[0].name} CONNECTION LIMIT ${connections}`)
  expect(await read()).toEqual({ data: { group: { name: 'Evening English' } } })

  await admit(0)
  await owner.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'groups'`,
  )
  const answer = await read()
  expect(answer.data).toEqual({ group: null })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'groups' })
  expect(await ready()).toBe(503)

  await admit(-1)
  expect(await read()).toEqual({ data: { group: { name: 'Evening English' } } })
  expect(await ready()).toBe(200)
})

test('a write that waits too long for a lock is given back, with nothing written', async () => {
  const { owner } = school.database('groups')
  const other = await owner.connect()
  try {
    await other.query('BEGIN')
    await other.query('SELECT FROM groups WHERE id = $1 FOR UPDATE', [group])
    const answer = await school.ask(
      'groups',
      as.admin(),
      'mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { name } } }',
      { input: { id: group, name: 'Morning English' } },
    )
    expect(answer.errors?.[0].extensions).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      service: 'groups',
    })
  } finally {
    await other.query('ROLLBACK')
    other.release()
  }
  expect((await read()).data.group.name).toBe('Evening English')
})
