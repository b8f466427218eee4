import { events } from '@classgram/events/catalog'
import { replay } from '@classgram/events/operate'
import { createDemoSchool } from '@classgram/prisma/demo'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const demo = createDemoSchool(new Date('2026-11-20T18:30:00Z'))
const ofGroups = [
  {
    service: 'teachers',
    table: 'groups',
    rows: demo.teachers.groups,
    type: 'groups.group-changed',
    damage: `name = 'Wrong', created_at = now()`,
  },
  {
    service: 'students',
    table: 'group_enrollments',
    rows: demo.students.group_enrollments,
    type: 'groups.membership-changed',
    damage: 'group_id = uuidv7(), joined_at = now()',
  },
] as const
const models = [
  ...ofGroups.map((model) => ({
    ...model,
    source: 'groups' as const,
    columns: '*',
    where: 'true',
  })),
  {
    source: 'groups' as const,
    service: 'calendar',
    table: 'group_states',
    rows: demo.calendar.group_states,
    columns: 'id, status, source_version',
    where: 'true',
    damage: `status = 'DRAFT'`,
  },
  {
    source: 'calendar' as const,
    service: 'groups',
    table: 'group_lessons',
    rows: demo.groups.group_lessons,
    columns: '*',
    // The demo begins without the lessons that housekeeping would remove.
    where: `starts_at > '2026-11-19T18:30:00Z'`,
    damage: 'weekday = 8 - weekday',
  },
]

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['teachers', 'students', 'groups', 'calendar'],
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
  await insert(school.database('calendar'), 'outbox_events', ...demo.calendar.outbox_events)
})
afterAll(() => school.close())

const typesFor = (subscriber: string) =>
  events.filter((one) => one.subscribers.includes(subscriber)).map(({ type }) => type)

/** Everything that a service was ever told by another, as `events:replay --to` does. */
const replayTo = (subscriber: string, source = 'groups', since = new Date(0)) =>
  replay(school.database(source).owner, { subscriber, types: typesFor(subscriber), since })
const read = async (service: string, sql: string) =>
  (await school.database(service).owner.query(sql)).rows
const waiting = async (source = 'groups') =>
  (await read(source, 'SELECT FROM outbox_deliveries')).length
const allIsTold = (source?: string) =>
  expect.poll(() => waiting(source), { timeout: 25_000 }).toBe(0)
const write = (service: string, sql: string) =>
  school
    .database(service)
    .owner.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true); ${sql}; COMMIT`)

/** A row as JSON knows it, but for when it was last written. */
const plain = ({ updated_at: _, ...row }: Record<string, unknown>) =>
  JSON.parse(
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  )
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)

test.each(models)(
  '$table of $service grow from nothing',
  async ({ source, service, table, columns, where, rows }) => {
    expect(await read(service, `SELECT FROM ${table}`)).toEqual([])
    const told = demo[source].outbox_events.filter(({ type }) => typesFor(service).includes(type))
    expect(await replayTo(service, source)).toBe(told.length)
    await allIsTold(source)
    const grown = `SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY id`
    expect([...rows].sort(byId).map(plain)).toMatchObject((await read(service, grown)).map(plain))
  },
)

test.each(models)(
  'what is wrong in $table of $service is mended',
  async ({ source, service, table, columns, damage }) => {
    const content = async () =>
      (await read(service, `SELECT ${columns} FROM ${table} ORDER BY id`)).map(plain)
    const before = await content()
    await write(service, `UPDATE ${table} SET ${damage}`)
    expect(await content()).not.toEqual(before)
    await replayTo(service, source)
    await allIsTold(source)
    expect(await content()).toEqual(before)
  },
)

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
  for (const { service, table } of ofGroups) {
    await write(service, `DELETE FROM ${table}`)
    await replayTo(service)
  }
  await changing
  await allIsTold()

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

test.each(ofGroups)(
  'an older event changes nothing in $table of $service, however late',
  async ({ service, table, type }) => {
    const content = () => read(service, `SELECT * FROM ${table} ORDER BY id`)
    const before = await content()
    const [event] = await read(
      'groups',
      `SELECT aggregate_type, aggregate_id, type, payload, actor FROM outbox_events
       WHERE type = '${type}' AND (payload->>'version')::int > 1 LIMIT 1`,
    )
    const occurred_at = new Date('2099-01-01T00:00:00Z')
    await insert(school.database('groups'), 'outbox_events', {
      ...event,
      payload: { ...event.payload, version: event.payload.version - 1 },
      occurred_at,
    })
    expect(await replayTo(service, 'groups', occurred_at)).toBeGreaterThan(0)
    await allIsTold()
    expect(await content()).toEqual(before)
  },
)
