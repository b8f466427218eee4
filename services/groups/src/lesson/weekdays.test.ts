import { randomUUID } from 'node:crypto'
import { replay } from '@classgram/events/operate'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const tanya = 4_294_967_301n
const anna = 1_099_511_627_777n
/** A Monday. */
const monday = Date.parse('2027-03-01T12:00:00Z')
const hour = 3_600_000
const day = 24 * hour

let now = monday
let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['groups', 'calendar', 'teachers'],
    jobs: true,
    env: { calendar: { EVENTS_FIRST_RETRY_MS: '50' } },
    overrides: { clock: () => new Date(now) },
  })
  const profile = { telegram_id: tanya, status: 'ACTIVE' }
  await insert(school.database('teachers'), 'teachers', profile)
})
afterAll(() => school.close())

async function createGroups(count: number): Promise<string[]> {
  const groups = Array.from({ length: count }, () => ({
    id: randomUUID(),
    name: 'Evening',
    language: 'en',
    level: 'B1',
    status: 'RUNNING',
    capacity: 8,
    teacher_telegram_id: tanya,
  }))
  await insert(school.database('groups'), 'groups', ...groups)
  return groups.map(({ id }) => id)
}

async function change(name: string, input: object): Promise<string> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`
  const { data, errors } = await school.ask(
    'calendar',
    as.teacher(tanya),
    `mutation ($input: ${type}) { ${name}(input: $input) { lesson { id } } }`,
    { input },
  )
  expect(errors).toBeUndefined()
  return data[name].lesson.id
}
const times = (start: number) => ({
  startsAt: new Date(start).toISOString(),
  endsAt: new Date(start + hour).toISOString(),
})
const plan = (groupId: string | null, start: number, timezone = 'UTC') =>
  change('createLesson', { title: 'Verbs', groupId, timezone, ...times(start) })

/** Events as calendar writes them, of a lesson that has been through more than its API allows. */
async function tell(lesson: object, ...changes: object[]): Promise<void> {
  const payload = {
    id: randomUUID(),
    groupId: null,
    teacherTelegramId: String(tanya),
    timezone: 'UTC',
    status: 'SCHEDULED',
    createdAt: new Date(now),
    ...times(monday + day),
    ...lesson,
  }
  const events = changes.map((change) => ({
    aggregate_type: 'lesson',
    aggregate_id: payload.id,
    type: 'calendar.lesson-changed',
    payload: { ...payload, ...change },
    actor: 'system:test',
    occurred_at: new Date(now),
  }))
  await insert(school.database('calendar'), 'outbox_events', ...events)
  await rebuild()
}
const rebuild = () =>
  replay(school.database('calendar').owner, {
    subscriber: 'groups',
    types: ['calendar.lesson-changed'],
    since: new Date(0),
  })
const allIsTold = () =>
  expect
    .poll(
      async () =>
        (await school.database('calendar').owner.query('SELECT FROM outbox_deliveries')).rowCount,
      { timeout: 10_000 },
    )
    .toBe(0)

async function weekdaysOf(id: string): Promise<string[]> {
  const query = 'query ($id: UUID!) { group(id: $id) { weekdays } }'
  const { data } = await school.ask('groups', as.student(anna), query, { id })
  return data.group.weekdays
}
async function found(weekdays: string[], among: string[]): Promise<string[]> {
  const { data, errors } = await school.ask(
    'groups',
    as.student(anna),
    'query ($filter: GroupFilter) { groups(first: 100, filter: $filter) { nodes { id } } }',
    { filter: { weekdays } },
  )
  expect(errors).toBeUndefined()
  const ids = data.groups.nodes.map(({ id }: { id: string }) => id)
  return among.filter((id) => ids.includes(id))
}
const read = async (sql: string, ...values: unknown[]) =>
  (await school.database('groups').owner.query(sql, values)).rows

describe('the weekdays of a group', () => {
  test('follow its lessons: planned, moved, called off, over', async () => {
    const [group = ''] = await createGroups(1)
    expect(await weekdaysOf(group)).toEqual([])
    const friday = await plan(group, monday + 4 * day)
    await plan(group, monday + 2 * day)
    const other = await plan(group, monday + 9 * day)
    const weekdays = (...days: string[]) =>
      expect.poll(() => weekdaysOf(group), { timeout: 5_000 }).toEqual(days)
    await weekdays('WEDNESDAY', 'FRIDAY')
    await change('updateLesson', { id: friday, ...times(monday + 5 * day) })
    await weekdays('WEDNESDAY', 'SATURDAY')
    await change('cancelLesson', { id: friday })
    await weekdays('WEDNESDAY')
    await change('cancelLesson', { id: other })
    await weekdays('WEDNESDAY')
    now = monday + 2 * day
    await weekdays()
    now = monday
  })

  test("are those of the lesson's own zone, and follow it", async () => {
    const [group = ''] = await createGroups(1)
    const lateOnSunday = monday + 6 * day - 1.5 * hour
    const id = await plan(group, lateOnSunday, 'Pacific/Auckland')
    await expect.poll(() => weekdaysOf(group), { timeout: 5_000 }).toEqual(['SUNDAY'])
    await change('updateLesson', { id, ...times(lateOnSunday + hour) })
    await expect.poll(() => weekdaysOf(group), { timeout: 5_000 }).toEqual(['MONDAY'])
    await change('updateLesson', { id, timezone: 'Europe/London' })
    await expect.poll(() => weekdaysOf(group), { timeout: 5_000 }).toEqual(['SUNDAY'])
  })

  test('are seen by everybody who sees the group, and by nobody else', async () => {
    const [group = ''] = await createGroups(1)
    const ask = (viewer: ReturnType<typeof as.student>) =>
      school.ask('groups', viewer, `{ group(id: "${group}") { weekdays } }`)
    for (const viewer of [as.student(anna), as.teacher(5n), as.admin(), as.service('calendar')]) {
      expect((await ask(viewer)).data).toEqual({ group: { weekdays: [] } })
    }
    expect((await ask(as.anonymous)).errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  })
})

describe('groups are found by weekday', () => {
  test('any of those that are asked for, still to come', async () => {
    const groups = await createGroups(4)
    const [tuesdays = '', fridays = '', both = '', none = ''] = groups
    await plan(tuesdays, monday + day + 1 * hour)
    await plan(fridays, monday + 4 * day + 1 * hour)
    await plan(both, monday + day + 3 * hour)
    await plan(both, monday + 4 * day + 3 * hour)
    await plan(null, monday + day + 5 * hour)
    await allIsTold()
    expect(await found(['TUESDAY'], groups)).toEqual([tuesdays, both])
    expect(await found(['FRIDAY'], groups)).toEqual([fridays, both])
    expect(await found(['TUESDAY', 'FRIDAY'], groups)).toEqual([tuesdays, fridays, both])
    expect(await found(['SUNDAY'], groups)).toEqual([])
    expect(await found([], groups)).toEqual([])
    expect(none).not.toBe('')
    now = monday + day + 1 * hour
    expect(await found(['TUESDAY'], groups)).toEqual([both])
    now = monday
  })

  test('and their weekdays cost as many statements for 50 as for 2', async () => {
    await allIsTold()
    const lessons = (await createGroups(50)).flatMap((group_id) =>
      [2, 6].map((weekday) => ({
        id: randomUUID(),
        group_id,
        weekday,
        starts_at: new Date(monday + (weekday - 1) * day),
        is_scheduled: true,
        source_version: 1,
      })),
    )
    await insert(school.database('groups'), 'group_lessons', ...lessons)
    const count = async (size: number) => {
      const statements = await school.statements('groups', async () => {
        const { data } = await school.ask(
          'groups',
          as.student(anna),
          `{ groups(first: ${size}, filter: { weekdays: [SATURDAY] }) { nodes { weekdays } } }`,
        )
        const weekdays = ['TUESDAY', 'SATURDAY']
        expect(data.groups.nodes).toEqual(Array(size).fill({ weekdays }))
      })
      return statements.length
    }
    expect([await count(2), await count(50)]).toEqual([2, 2])
    // What follows begins with what was told.
    await read('TRUNCATE group_lessons')
    await rebuild()
  })
})

describe('what is known of lessons', () => {
  test('shows the latest version, however late an older one comes', async () => {
    const [group, other] = (await createGroups(2)) as [string, string]
    const id = randomUUID()
    await tell(
      { id, groupId: group },
      { version: 1 },
      { version: 3, groupId: other, ...times(monday + 2 * day) },
      { version: 2, ...times(monday + 3 * day) },
    )
    await allIsTold()
    expect([await weekdaysOf(group), await weekdaysOf(other)]).toEqual([[], ['WEDNESDAY']])
  })

  test('forgets the group that a lesson has left, and knows none of lessons that had none', async () => {
    const [group = ''] = await createGroups(1)
    const [left, single, came] = [randomUUID(), randomUUID(), randomUUID()]
    await tell({ id: left }, { groupId: group, version: 1 }, { version: 2 })
    await tell({ id: single }, { version: 1 }, { version: 2 })
    await tell(
      { id: came },
      { version: 1 },
      { groupId: group, version: 2, ...times(monday + 3 * day) },
    )
    await allIsTold()
    expect(await weekdaysOf(group)).toEqual(['THURSDAY'])
    expect(
      await read('SELECT id, group_id FROM group_lessons WHERE id = ANY($1) ORDER BY group_id', [
        left,
        single,
        came,
      ]),
    ).toEqual([
      { id: came, group_id: group },
      { id: left, group_id: null },
    ])
  })

  test('is rebuilt from nothing', async () => {
    const known = () =>
      read(
        `SELECT id, group_id, weekday, starts_at, is_scheduled, source_version FROM group_lessons
         WHERE group_id IS NOT NULL ORDER BY id`,
      )
    const before = await known()
    expect(before.length).toBeGreaterThan(5)
    await read('TRUNCATE group_lessons')
    await rebuild()
    await allIsTold()
    expect(await known()).toEqual(before)
  })

  test('arrives when groups is back', async () => {
    const [group = ''] = await createGroups(1)
    // Planned before groups is away, for it is asked whether the group takes lessons.
    const id = await plan(group, monday + 6 * day + 20 * hour)
    await allIsTold()
    const restart = await school.stop('groups')
    await change('updateLesson', { id, ...times(monday + 7 * day + 20 * hour) })
    await restart()
    await expect.poll(() => weekdaysOf(group), { timeout: 10_000 }).toEqual(['TUESDAY'])
  })

  test('comes back, once removed, when the lesson is put off', async () => {
    const [group = ''] = await createGroups(1)
    const id = await plan(group, monday + 20 * day)
    await allIsTold()
    await read('TRUNCATE group_lessons')
    await change('updateLesson', { id, ...times(monday + 22 * day) })
    await expect.poll(() => weekdaysOf(group), { timeout: 5_000 }).toEqual(['TUESDAY'])
  })
})
