import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clear, enrol, lea, otherTeacher, rows, startCalendar, teacher } from '../lesson/fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students')
  await enrol(school)
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const fields = 'id weekday localFrom localTo timezone validFrom validUntil'
const create = (input: Record<string, unknown> = {}, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: CreateTeacherScheduleInput!) {
      createTeacherSchedule(input: $input) { schedule { ${fields} } }
    }`,
    { input: { ...monday, ...input } },
  )
const update = (input: Record<string, unknown>, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: UpdateTeacherScheduleInput!) {
      updateTeacherSchedule(input: $input) { schedule { ${fields} } }
    }`,
    { input },
  )
const refusalOf = async (answer: ReturnType<typeof create>) => (await answer).errors?.[0].extensions
const monday = {
  weekday: 1,
  localFrom: '09:00',
  localTo: '12:00',
  timezone: 'Europe/London',
  validFrom: '2027-01-01',
}

test('working hours are published, changed and read', async () => {
  const created = await create()
  const { schedule } = created.data.createTeacherSchedule
  expect(schedule).toEqual({ ...monday, id: expect.any(String), validUntil: null })
  const changed = await update({ id: schedule.id, localTo: '00:00', validUntil: '2027-06-30' })
  const expected = { ...schedule, localTo: '00:00', validUntil: '2027-06-30' }
  expect(changed.data.updateTeacherSchedule.schedule).toEqual(expected)
  const read = await school.ask(
    'calendar',
    as.student(lea),
    `query ($keys: [_Any!]!) {
      _entities(representations: $keys) { ... on Teacher { schedules { ${fields} } } }
    }`,
    { keys: [teacher, otherTeacher].map((telegramId) => ({ __typename: 'Teacher', telegramId })) },
  )
  expect(read).toEqual({ data: { _entities: [{ schedules: [expected] }, { schedules: [] }] } })
  expect(await rows(school, 'SELECT actor, action, table_name FROM audit_log ORDER BY id')).toEqual(
    [
      { actor: `user:${teacher}`, action: 'INSERT', table_name: 'teacher_schedules' },
      { actor: `user:${teacher}`, action: 'UPDATE', table_name: 'teacher_schedules' },
    ],
  )
})

test('for the teacher and administrators alone', async () => {
  const { id } = (await create()).data.createTeacherSchedule.schedule
  expect(await refusalOf(create({}, as.anonymous))).toEqual({ code: 'UNAUTHENTICATED' })
  const forbidden = { code: 'FORBIDDEN' }
  expect(await refusalOf(create({}, as.student(lea)))).toEqual(forbidden)
  expect(await refusalOf(create({}, as.service('groups')))).toEqual(forbidden)
  expect(await refusalOf(create({ teacherTelegramId: teacher }, as.teacher(otherTeacher)))).toEqual(
    forbidden,
  )
  expect(await refusalOf(update({ id, weekday: 2 }, as.teacher(otherTeacher)))).toEqual(forbidden)
  const missing = { id: crypto.randomUUID(), weekday: 2 }
  expect(await refusalOf(update(missing))).toEqual(forbidden)
  expect(await refusalOf(update(missing, as.admin()))).toEqual({ code: 'NOT_FOUND' })
  expect(await refusalOf(update({ id, weekday: 2 }, as.admin()))).toBeUndefined()
  expect(await refusalOf(create({ teacherTelegramId: otherTeacher }, as.admin()))).toBeUndefined()
})

test.each([
  ['weekday', { weekday: 0 }],
  ['weekday', { weekday: 8 }],
  ['localTo', { localTo: '09:00' }],
  ['localTo', { localTo: '08:59' }],
  ['validUntil', { validUntil: '2026-12-31' }],
])('refuses %s out of its bounds', async (field, input) => {
  const refused = { code: 'BAD_USER_INPUT', field: `input.${field}` }
  expect(await refusalOf(create(input))).toEqual(refused)
  expect(await rows(school, 'SELECT id FROM teacher_schedules')).toEqual([])
  const { id } = (await create()).data.createTeacherSchedule.schedule
  expect(await refusalOf(update({ id, ...input }))).toEqual(refused)
})

test('hours of one weekday do not overlap', async () => {
  await create()
  const overlaps = { code: 'CONFLICT', reason: 'SCHEDULE_OVERLAPS' }
  expect(await refusalOf(create({ localFrom: '11:00', localTo: '00:00' }))).toEqual(overlaps)
  const { id } = (await create({ localFrom: '12:00', localTo: '00:00' })).data.createTeacherSchedule
    .schedule
  expect(await refusalOf(update({ id, localFrom: '11:59' }))).toEqual(overlaps)
  const twice = { weekday: 3, idempotencyKey: 'k' }
  const answers = await Promise.all([create(twice), create(twice)])
  expect(answers.map((answer) => answer.errors)).toEqual([undefined, undefined])
  const restart = await school.stop('teachers')
  const retry = await create(twice)
  await restart()
  expect(retry).toEqual(answers[0])
})
