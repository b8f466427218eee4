import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  clear,
  lea,
  now,
  otherTeacher,
  plan,
  rows,
  span,
  startCalendar,
  teacher,
} from './fixture.ts'

const nowhere = '01930000-0000-7000-8000-000000000001'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const cancel = (id: string, input: object = {}, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: CancelLessonInput!) {
      cancelLesson(input: $input) { lesson { status cancelReason version } }
    }`,
    { input: { id, ...input } },
  )
const refusal = async (...args: Parameters<typeof cancel>) =>
  (await cancel(...args)).errors?.[0].extensions

test('a cancelled lesson makes room, once', async () => {
  const id = await plan(school, { hour: 1, students: [lea], columns: { version: 1 } })
  expect(await cancel(id, { reason: ' Ill ', expectedVersion: 1 })).toEqual({
    data: { cancelLesson: { lesson: { status: 'CANCELLED', cancelReason: 'Ill', version: 2 } } },
  })
  expect(await rows(school, 'SELECT cancelled_at FROM lessons')).toEqual([{ cancelled_at: now }])
  await plan(school, { hour: 1, students: [lea] })
  expect(await refusal(id)).toEqual({ code: 'CONFLICT', reason: 'LESSON_CANCELLED' })
})

test('of two that are cancelled in one request each shows how the calendar is then', async () => {
  const ids = [await plan(school, { hour: 1 }), await plan(school, { hour: 2 })]
  const [first, second] = ids.map(
    (id) => `cancelLesson(input: { id: "${id}" }) {
      lesson { teacher { lessons(from: "${span.from}", to: "${span.to}") { status } } }
    }`,
  )
  const { data } = await school.ask(
    'calendar',
    as.teacher(teacher),
    `mutation { first: ${first} second: ${second} }`,
  )
  const [cancelled, scheduled] = [{ status: 'CANCELLED' }, { status: 'SCHEDULED' }]
  expect(data.first.lesson.teacher.lessons).toEqual([cancelled, scheduled])
  expect(data.second.lesson.teacher.lessons).toEqual([cancelled, cancelled])
})

test('a reason may be left out, and is short', async () => {
  const id = await plan(school, { hour: 1 })
  const refused = { code: 'BAD_USER_INPUT', field: 'input.reason' }
  expect(await refusal(id, { reason: 'x'.repeat(501) })).toEqual(refused)
  const answer = await cancel(id, { reason: '  ' }, as.admin())
  expect(answer.data.cancelLesson.lesson.cancelReason).toBeNull()
})

test('a lesson that was changed in the meantime stays', async () => {
  const id = await plan(school, { hour: 1, columns: { version: 4 } })
  expect(await refusal(id, { expectedVersion: 3 })).toEqual({
    code: 'CONFLICT',
    reason: 'STALE',
    conflictsWith: { version: 4 },
  })
  expect(await rows(school, 'SELECT status FROM lessons')).toEqual([{ status: 'SCHEDULED' }])
})

test('for its teacher and administrators alone; others do not learn of it', async () => {
  const id = await plan(school, { hour: 1, students: [lea] })
  expect(await refusal(id, {}, as.anonymous)).toEqual({ code: 'UNAUTHENTICATED' })
  const others = [as.student(lea), as.student(teacher), as.teacher(otherTeacher)]
  for (const viewer of [...others, as.service('groups')]) {
    for (const lesson of [id, nowhere]) {
      expect(await refusal(lesson, {}, viewer)).toEqual({ code: 'FORBIDDEN' })
    }
  }
  expect(await refusal(nowhere, {}, as.admin())).toEqual({ code: 'NOT_FOUND' })
  expect(await rows(school, 'SELECT status FROM lessons')).toEqual([{ status: 'SCHEDULED' }])
})
