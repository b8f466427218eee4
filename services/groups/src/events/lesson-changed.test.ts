import { randomUUID } from 'node:crypto'
import { replay } from '@classgram/events/operate'
import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const hour = 3_600_000
const now = Date.parse('2027-03-01T12:00:00Z')

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['groups', 'calendar'],
    jobs: true,
    overrides: { clock: () => new Date(now) },
  })
})
afterAll(() => school.close())

const read = async (sql: string) => (await school.database('groups').owner.query(sql)).rows

/** A lesson that begins so many hours from now, as calendar tells of it: when it was planned, and later. */
const lesson = (id: string, ...starts: number[]) =>
  starts.map((start, index) => ({
    aggregate_type: 'lesson',
    aggregate_id: id,
    type: 'calendar.lesson-changed',
    payload: {
      id,
      groupId: randomUUID(),
      teacherTelegramId: '5',
      startsAt: new Date(now + start * hour),
      endsAt: new Date(now + (start + 1) * hour),
      timezone: 'UTC',
      status: 'SCHEDULED',
      createdAt: new Date(now),
      version: index + 1,
    },
    actor: 'system:test',
    occurred_at: new Date(now),
  }))

test('of what began more than a day ago nothing is written but where a known lesson went', async () => {
  const [past, kept, moved] = [randomUUID(), randomUUID(), randomUUID()]
  const { owner } = school.database('calendar')
  const told = [...lesson(past, -26, -25), ...lesson(kept, -23), ...lesson(moved, 5, -25)]
  await insert(school.database('calendar'), 'outbox_events', ...told)
  await replay(owner, {
    subscriber: 'groups',
    types: ['calendar.lesson-changed'],
    since: new Date(0),
  })
  await expect
    .poll(async () => (await owner.query('SELECT FROM outbox_deliveries')).rowCount, {
      timeout: 10_000,
    })
    .toBe(0)

  expect(await read('SELECT id, starts_at FROM group_lessons ORDER BY starts_at')).toEqual([
    { id: moved, starts_at: new Date(now - 25 * hour) },
    { id: kept, starts_at: new Date(now - 23 * hour) },
  ])
  expect(
    await read(`SELECT DISTINCT row_id FROM audit_log WHERE table_name = 'group_lessons'`),
  ).toHaveLength(2)
})
