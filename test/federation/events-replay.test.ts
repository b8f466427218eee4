import { events } from '@classgram/events/catalog'
import { replay } from '@classgram/events/operate'
import { createDemoSchool } from '@classgram/prisma/demo'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const demo = createDemoSchool(new Date('2026-11-20T18:30:00Z'))
const models = [
  { service: 'teachers', table: 'groups', rows: demo.teachers.groups },
  { service: 'students', table: 'group_enrollments', rows: demo.students.group_enrollments },
] as const

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['teachers', 'students', 'groups'],
    jobs: true,
    env: { groups: { EVENTS_FIRST_RETRY_MS: '50' } },
  })
  const { groups, group_members: stays, outbox_events: outbox } = demo.groups
  const database = school.database('groups')
  await insert(database, 'groups', ...groups)
  await insert(
    database,
    'group_members',
    ...stays.map((stay) => ({ ...stay, invitation_id: null })),
  )
  await insert(database, 'outbox_events', ...outbox)
})
afterAll(() => school.close())

/** Everything that was ever told to a service, as `events:replay --to` does. */
const replayTo = (subscriber: string) =>
  replay(school.database('groups').owner, {
    subscriber,
    types: events.filter((one) => one.subscribers.includes(subscriber)).map(({ type }) => type),
    since: new Date(0),
  })
const read = async (service: string, sql: string) =>
  (await school.database(service).owner.query(sql)).rows
const waiting = async () => (await read('groups', 'SELECT FROM outbox_deliveries')).length
const clear = (service: string, table: string) =>
  school
    .database(service)
    .owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true); DELETE FROM ${table}; COMMIT`,
    )

/** A row as JSON knows it, but for when it was last written. */
const plain = ({ updated_at: _, ...row }: Record<string, unknown>) =>
  JSON.parse(
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  )
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)

test.each(models)('$table of $service grow from nothing', async ({ service, table, rows }) => {
  expect(await read(service, `SELECT FROM ${table}`)).toEqual([])
  expect(await replayTo(service)).toBe(rows.length)
  await expect.poll(waiting, { timeout: 25_000 }).toBe(0)
  expect((await read(service, `SELECT * FROM ${table} ORDER BY id`)).map(plain)).toEqual(
    rows.toSorted(byId).map(plain),
  )
})

test('they are rebuilt while groups change, and show the last change', async () => {
  const change = `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { version } } }`
  const move = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status } } }`
  const groups = demo.groups.groups.filter(({ status }) => status === 'RUNNING').slice(0, 5)
  const stays = demo.groups.group_members.filter(
    ({ group_id, status }) => status === 'ACTIVE' && groups.some(({ id }) => id === group_id),
  )
  const changing = (async () => {
    for (let n = 1; n <= 8; n++) {
      for (const { id } of groups) {
        const answer = await school.ask('groups', as.admin(), change, {
          input: { id, name: `Evening ${n}` },
        })
        expect(answer.errors).toBeUndefined()
      }
      const input = { id: stays[n]?.id, status: 'PAUSED' }
      expect((await school.ask('groups', as.admin(), move, { input })).errors).toBeUndefined()
    }
  })()
  for (const { service, table } of models) {
    await clear(service, table)
    await replayTo(service)
  }
  await changing
  await expect.poll(waiting, { timeout: 25_000 }).toBe(0)

  const teachers = await read(
    'teachers',
    'SELECT id, name, status::text, source_version AS version FROM groups ORDER BY id',
  )
  expect(teachers).toEqual(
    await read('groups', 'SELECT id, name, status::text, version FROM groups ORDER BY id'),
  )
  const students = await read(
    'students',
    'SELECT id, status::text, source_version AS version FROM group_enrollments ORDER BY id',
  )
  expect(students).toEqual(
    await read('groups', 'SELECT id, status::text, version FROM group_members ORDER BY id'),
  )
})
