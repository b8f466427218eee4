import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { at, clear, lea, max, otherTeacher, plan, rows, startCalendar, teacher } from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const update = (id: string, input: Record<string, unknown>, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: UpdateLessonInput!) {
      updateLesson(input: $input) {
        lesson { title startsAt endsAt timezone status place meetingUrl cancelReason version }
      }
    }`,
    { input: { id, ...input } },
  )
const refusal = async (...args: Parameters<typeof update>) =>
  (await update(...args)).errors?.[0].extensions
const nowhere = '01930000-0000-7000-8000-000000000001'

test('changes what is given and leaves the rest', async () => {
  const id = await plan(school, { hour: 1, columns: { location: 'Room 1', version: 1 } })
  const answer = await update(id, { title: 'Nouns', meetingUrl: 'https://meet.example.org/2' })
  const lesson = {
    title: 'Nouns',
    startsAt: at(1),
    endsAt: at(2),
    timezone: 'UTC',
    status: 'SCHEDULED',
    place: 'Room 1',
    meetingUrl: 'https://meet.example.org/2',
    cancelReason: null,
    version: 2,
  }
  expect(answer).toEqual({ data: { updateLesson: { lesson } } })
  const cleared = await update(
    id,
    { place: null, title: null, timezone: 'Asia/Tbilisi' },
    as.admin(),
  )
  expect(cleared.data.updateLesson.lesson).toEqual({
    ...lesson,
    place: null,
    timezone: 'Asia/Tbilisi',
    version: 3,
  })
  expect(
    await rows(
      school,
      `SELECT actor, before->>'version' AS before, after->>'version' AS after, request_id IS NOT NULL AS traced
       FROM audit_log WHERE action = 'UPDATE' AND actor LIKE 'user:%' ORDER BY id LIMIT 1`,
    ),
  ).toEqual([{ actor: `user:${teacher}`, before: '1', after: '2', traced: true }])
})

test('for its teacher and administrators alone', async () => {
  const id = await plan(school, { hour: 1, students: [lea] })
  const title = { title: 'Nouns' }
  expect(await refusal(id, title, as.anonymous)).toEqual({ code: 'UNAUTHENTICATED' })
  for (const viewer of [as.student(lea), as.teacher(otherTeacher), as.service('groups')]) {
    expect(await refusal(id, title, viewer)).toEqual({ code: 'FORBIDDEN' })
  }
  expect(await refusal(id, title, as.student(teacher))).toEqual({ code: 'FORBIDDEN' })
  expect(await refusal(nowhere, title)).toEqual({ code: 'FORBIDDEN' })
  expect(await refusal(nowhere, title, as.admin())).toEqual({ code: 'NOT_FOUND' })
  expect(await rows(school, 'SELECT title FROM lessons')).toEqual([{ title: 'Lesson' }])
})

test('of two changes of one version the second is refused', async () => {
  const id = await plan(school, { hour: 1, columns: { version: 4 } })
  const both = [1, 2].map((hour) => refusal(id, { expectedVersion: 4, title: `Lesson ${hour}` }))
  const stale = { code: 'CONFLICT', reason: 'STALE', conflictsWith: { version: 5 } }
  expect(await Promise.all(both)).toEqual(expect.arrayContaining([undefined, stale]))
})

describe('moving', () => {
  test('takes the participants along', async () => {
    const id = await plan(school, { hour: 1, students: [lea, max] })
    // Half an hour on: the old place and the new one overlap, and that is no conflict.
    expect(await refusal(id, { startsAt: at(1.5), endsAt: at(2.5) })).toBeUndefined()
    const entries = await rows(school, 'SELECT starts_at, ends_at FROM lesson_participants')
    const moved = { starts_at: new Date(at(1.5)), ends_at: new Date(at(2.5)) }
    expect(entries).toEqual([moved, moved])
  })

  test('onto another lesson of the teacher or of a participant is refused', async () => {
    const id = await plan(school, { hour: 1, students: [lea, max] })
    const own = await plan(school, { hour: 3 })
    await plan(school, { hour: 5, teacher: otherTeacher, students: [max] })
    expect(await refusal(id, { startsAt: at(3.5), endsAt: at(4.5) })).toEqual({
      code: 'CONFLICT',
      reason: 'TEACHER_BUSY',
      conflictsWith: { startsAt: at(3), endsAt: at(4), lessonId: own },
    })
    expect(await refusal(id, { startsAt: at(5), endsAt: at(6) })).toEqual({
      code: 'CONFLICT',
      reason: 'STUDENT_BUSY',
      conflictsWith: { studentTelegramId: String(max), startsAt: at(5), endsAt: at(6) },
    })
    expect(await rows(school, 'SELECT starts_at FROM lessons WHERE id = $1', id)).toEqual([
      { starts_at: new Date(at(1)) },
    ])
  })

  test('of 10 lessons moved to one slot at once, one arrives', async () => {
    const ids = []
    for (let hour = 10; hour < 20; hour++)
      ids.push(await plan(school, { hour, students: [lea, max] }))
    const slot = { startsAt: at(1), endsAt: at(2) }
    const refusals = await Promise.all(ids.map((id) => refusal(id, slot)))
    expect(refusals.filter((refused) => refused === undefined)).toHaveLength(1)
    expect(refusals.filter((refused) => refused?.reason === 'TEACHER_BUSY')).toHaveLength(9)
  })

  test.each([
    [{ startsAt: at(2) }],
    [{ endsAt: at(1) }],
    [{ endsAt: at(1 + 4 / 60) }],
    [{ startsAt: at(-23) }],
  ])('to a length out of bounds is refused: %o', async (input) => {
    const id = await plan(school, { hour: 1 })
    expect(await refusal(id, input)).toEqual({ code: 'BAD_USER_INPUT', field: 'input.endsAt' })
  })
})

describe('status', () => {
  test('a cancelled lesson stays as it is, and none is cancelled this way', async () => {
    const id = await plan(school, { hour: 1, columns: { status: 'CANCELLED' } })
    for (const input of [
      { startsAt: at(5), endsAt: at(6) },
      { status: 'SCHEDULED' },
      { title: 'x' },
    ]) {
      expect(await refusal(id, input)).toEqual({ code: 'CONFLICT', reason: 'LESSON_CANCELLED' })
    }
    expect(await refusal(id, { status: 'CANCELLED' })).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'input.status',
    })
  })

  test('what was said by mistake is taken back', async () => {
    const id = await plan(school, { hour: -1, columns: { status: 'MISSED' } })
    const answer = await update(id, { status: 'SCHEDULED', startsAt: at(3), endsAt: at(4) })
    expect(answer.data.updateLesson.lesson).toMatchObject({ status: 'SCHEDULED', startsAt: at(3) })
  })

  test.each(['COMPLETED', 'MISSED'])('%s only once it has begun', async (status) => {
    const [past, future] = [await plan(school, { hour: -1 }), await plan(school, { hour: 1 })]
    const refused = {
      code: 'CONFLICT',
      reason: 'LESSON_NOT_STARTED',
      conflictsWith: { startsAt: at(1) },
    }
    expect(await refusal(future, { status })).toEqual(refused)
    expect(await refusal(past, { status })).toBeUndefined()
    // Nor can what took place be moved to where it has not begun.
    expect(await refusal(past, { startsAt: at(3), endsAt: at(4) })).toMatchObject({
      reason: 'LESSON_NOT_STARTED',
    })
  })
})
