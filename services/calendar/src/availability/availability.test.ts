import { as, insert, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clear, lea, otherTeacher, plan, startCalendar, teacher } from '../lesson/fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const work = (columns: Record<string, unknown>) =>
  insert(school.database('calendar'), 'teacher_schedules', {
    id: crypto.randomUUID(),
    teacher_telegram_id: teacher,
    weekday: 1,
    local_from: '09:00',
    local_to: '12:00',
    timezone: 'UTC',
    valid_from: '2027-01-01',
    created_at: '2027-01-01T00:00:00Z',
    updated_at: '2027-01-01T00:00:00Z',
    ...columns,
  })
const away = (starts_at: string, ends_at: string) =>
  insert(school.database('calendar'), 'teacher_unavailable', {
    id: crypto.randomUUID(),
    teacher_telegram_id: teacher,
    starts_at,
    ends_at,
    created_at: '2027-01-01T00:00:00Z',
    updated_at: '2027-01-01T00:00:00Z',
  })

const ask = (viewer: Viewer, from: string, to: string, telegramIds = [teacher]) =>
  school.ask(
    'calendar',
    viewer,
    `query ($keys: [_Any!]!, $from: DateTime!, $to: DateTime!) {
      _entities(representations: $keys) {
        ... on Teacher { availability(from: $from, to: $to) { startsAt endsAt } }
      }
    }`,
    { keys: telegramIds.map((telegramId) => ({ __typename: 'Teacher', telegramId })), from, to },
  )
const slots = async (from: string, to: string) =>
  (await ask(as.student(lea), from, to)).data._entities[0].availability.map(
    (slot: { startsAt: string; endsAt: string }) =>
      `${slot.startsAt.slice(5, 16)} ${slot.endsAt.slice(5, 16)}`,
  )

test('working hours without absences and lessons that are not cancelled', async () => {
  await work({})
  await work({ weekday: 2, local_from: '00:00', local_to: '00:00' })
  // Monday is the 8th of March.
  const lesson = (starts_at: string, ends_at: string, status = 'SCHEDULED') =>
    plan(school, { hour: 0, columns: { starts_at, ends_at, status } })
  await lesson('2027-03-08T10:00:00Z', '2027-03-08T10:30:00Z')
  await lesson('2027-03-08T11:00:00Z', '2027-03-08T11:30:00Z', 'CANCELLED')
  await away('2027-03-08T08:00:00Z', '2027-03-08T09:15:00Z')
  await away('2027-03-09T06:00:00Z', '2027-04-09T06:00:00Z')
  expect(await slots('2027-03-07T00:00:00Z', '2027-03-10T00:00:00Z')).toEqual([
    '03-08T09:15 03-08T10:00',
    '03-08T10:30 03-08T12:00',
    '03-09T00:00 03-09T06:00',
  ])
})

test('hours keep their place on the wall clock when the clocks change', async () => {
  await work({ weekday: 6, timezone: 'Europe/London' })
  await work({ weekday: 7, timezone: 'America/New_York' })
  // New York changes on the 14th, London on the 28th of March.
  expect(await slots('2027-03-12T00:00:00Z', '2027-04-05T00:00:00Z')).toEqual([
    '03-13T09:00 03-13T12:00',
    '03-14T13:00 03-14T16:00',
    '03-20T09:00 03-20T12:00',
    '03-21T13:00 03-21T16:00',
    '03-27T09:00 03-27T12:00',
    '03-28T13:00 03-28T16:00',
    '04-03T08:00 04-03T11:00',
    '04-04T13:00 04-04T16:00',
  ])
  // New York changes back on the 7th of November, London on the 31st of October.
  expect(await slots('2027-10-30T00:00:00Z', '2027-11-08T00:00:00Z')).toEqual([
    '10-30T08:00 10-30T11:00',
    '10-31T13:00 10-31T16:00',
    '11-06T09:00 11-06T12:00',
    '11-07T14:00 11-07T17:00',
  ])
})

test('two statements, however many teachers, hours and lessons', async () => {
  for (const [i, telegramId] of [teacher, otherTeacher].entries()) {
    for (let weekday = 1; weekday <= 7; weekday++)
      await work({ teacher_telegram_id: telegramId, weekday })
    for (let hour = 1; hour < 20; hour++)
      await plan(school, { hour: hour * 2 + i, teacher: telegramId })
  }
  const statements = await school.statements('calendar', async () => {
    const answer = await ask(as.student(lea), '2027-03-01T00:00:00Z', '2027-04-30T00:00:00Z', [
      teacher,
      otherTeacher,
    ])
    expect(answer.errors).toBeUndefined()
  })
  expect(statements).toHaveLength(2)
})

test('for everybody who is signed in, at most 62 days', async () => {
  const from = '2027-03-01T00:00:00Z'
  const code = async (viewer: Viewer, to = '2027-03-02T00:00:00Z') =>
    (await ask(viewer, from, to)).errors?.[0].extensions
  expect(await code(as.teacher(otherTeacher))).toBeUndefined()
  expect(await code(as.teacher(otherTeacher), '2027-05-02T00:00:00Z')).toBeUndefined()
  expect(await code(as.anonymous)).toEqual({ code: 'UNAUTHENTICATED' })
  expect(await code(as.service('groups'))).toEqual({ code: 'FORBIDDEN' })
  const refused = { code: 'BAD_USER_INPUT', field: 'to' }
  expect(await code(as.student(lea), '2027-05-02T00:00:01Z')).toEqual(refused)
  expect(await code(as.student(lea), from)).toEqual(refused)
})
