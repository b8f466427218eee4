import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  at,
  clear,
  enrol,
  lea,
  otherTeacher,
  rows,
  startCalendar,
  teacher,
} from '../lesson/fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students')
  await enrol(school)
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const create = (input: Record<string, unknown> = {}, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: CreateTeacherAbsenceInput!) {
      createTeacherAbsence(input: $input) { absence { id startsAt endsAt reason } }
    }`,
    { input: { startsAt: at(1), endsAt: at(49), reason: 'Wedding', ...input } },
  )
const update = (input: Record<string, unknown>, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: UpdateTeacherAbsenceInput!) {
      updateTeacherAbsence(input: $input) { absence { id startsAt endsAt reason } }
    }`,
    { input },
  )
const remove = (id: string, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: RemoveTeacherAbsenceInput!) {
      removeTeacherAbsence(input: $input) { absence { id startsAt endsAt reason } }
    }`,
    { input: { id } },
  )
const read = (viewer: Viewer, selection: string, from = at(0), to = at(100)) =>
  school.ask(
    'calendar',
    viewer,
    `query ($keys: [_Any!]!, $from: DateTime!, $to: DateTime!) {
      _entities(representations: $keys) {
        ... on Teacher { absences(from: $from, to: $to) { ${selection} } }
      }
    }`,
    { keys: [{ __typename: 'Teacher', telegramId: teacher }], from, to },
  )
const absencesIn = (answer: Awaited<ReturnType<typeof read>>) => answer.data._entities[0].absences
const refusalOf = async (answer: ReturnType<typeof create>) => (await answer).errors?.[0].extensions

test('an absence is announced, changed and read', async () => {
  const { absence } = (await create()).data.createTeacherAbsence
  expect(absence).toEqual({
    id: expect.any(String),
    startsAt: at(1),
    endsAt: at(49),
    reason: 'Wedding',
  })
  const changed = await update({ id: absence.id, endsAt: at(25), reason: null }, as.admin())
  expect(changed.data.updateTeacherAbsence.absence).toEqual({
    ...absence,
    endsAt: at(25),
    reason: null,
  })
  expect(absencesIn(await read(as.teacher(teacher), 'id reason'))).toEqual([
    { id: absence.id, reason: null },
  ])
  expect(absencesIn(await read(as.teacher(teacher), 'id', at(25), at(50)))).toEqual([])
  expect(await rows(school, 'SELECT actor, action FROM audit_log ORDER BY id')).toEqual([
    { actor: `user:${teacher}`, action: 'INSERT' },
    { actor: 'user:9000000001', action: 'UPDATE' },
  ])
})

test('everybody sees when, the teacher and administrators see why', async () => {
  await create()
  for (const viewer of [as.teacher(teacher), as.admin()]) {
    expect(absencesIn(await read(viewer, 'reason'))).toEqual([{ reason: 'Wedding' }])
  }
  for (const viewer of [as.student(lea), as.teacher(otherTeacher), as.service('groups')]) {
    expect(absencesIn(await read(viewer, 'startsAt'))).toEqual([{ startsAt: at(1) }])
    expect(await refusalOf(read(viewer, 'reason'))).toEqual({ code: 'FORBIDDEN' })
  }
  expect(await refusalOf(read(as.anonymous, 'startsAt'))).toEqual({ code: 'UNAUTHENTICATED' })
})

test('refusals', async () => {
  const { id } = (await create()).data.createTeacherAbsence.absence
  const bad = (field: string) => ({ code: 'BAD_USER_INPUT', field: `input.${field}` })
  expect(await refusalOf(create({ endsAt: at(1) }))).toEqual(bad('endsAt'))
  expect(await refusalOf(create({ reason: 'x'.repeat(501) }))).toEqual(bad('reason'))
  expect(await refusalOf(update({ id, startsAt: at(50) }))).toEqual(bad('endsAt'))
  expect(await refusalOf(create({}, as.teacher(5n)))).toEqual(bad('teacherTelegramId'))
  const forbidden = { code: 'FORBIDDEN' }
  expect(await refusalOf(create({}, as.student(lea)))).toEqual(forbidden)
  expect(await refusalOf(create({ teacherTelegramId: teacher }, as.teacher(otherTeacher)))).toEqual(
    forbidden,
  )
  expect(await refusalOf(update({ id, reason: 'x' }, as.teacher(otherTeacher)))).toEqual(forbidden)
  const missing = { id: crypto.randomUUID() }
  expect(await refusalOf(update(missing))).toEqual(forbidden)
  expect(await refusalOf(update(missing, as.admin()))).toEqual({ code: 'NOT_FOUND' })
})

test('an absence that was a mistake goes, once', async () => {
  const { absence } = (await create()).data.createTeacherAbsence
  for (const viewer of [as.teacher(otherTeacher), as.student(teacher), as.service('groups')]) {
    expect(await refusalOf(remove(absence.id, viewer))).toEqual({ code: 'FORBIDDEN' })
    expect(await refusalOf(remove(crypto.randomUUID(), viewer))).toEqual({ code: 'FORBIDDEN' })
  }
  expect(await refusalOf(remove(absence.id, as.anonymous))).toEqual({ code: 'UNAUTHENTICATED' })
  const answers = await Promise.all([remove(absence.id), remove(absence.id)])
  const [removed] = answers.filter((answer) => !answer.errors)
  const [refused] = answers.filter((answer) => answer.errors)
  expect(removed?.data.removeTeacherAbsence).toEqual({ absence })
  expect(refused?.errors?.[0].extensions).toEqual({ code: 'FORBIDDEN' })
  expect(await refusalOf(remove(absence.id, as.admin()))).toEqual({ code: 'NOT_FOUND' })
  expect(absencesIn(await read(as.teacher(teacher), 'id'))).toEqual([])
  const audit = await rows(school, `SELECT actor FROM audit_log WHERE action = 'DELETE'`)
  expect(audit).toEqual([{ actor: `user:${teacher}` }])
})

test('a repeated request announces once', async () => {
  const answers = await Promise.all([
    create({ idempotencyKey: 'k' }),
    create({ idempotencyKey: 'k' }),
  ])
  expect(answers.map((answer) => answer.errors)).toEqual([undefined, undefined])
  expect(await rows(school, 'SELECT id FROM teacher_unavailable')).toHaveLength(1)
  // What was taken back since is not announced anew.
  await remove(answers[0]?.data.createTeacherAbsence.absence.id)
  expect(await refusalOf(create({ idempotencyKey: 'k' }))).toEqual({ code: 'NOT_FOUND' })
})
