import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  at,
  clear,
  enrol,
  ivo,
  lea,
  max,
  now,
  otherTeacher,
  plan,
  rows,
  startCalendar,
  teach,
  teacher,
  zoe,
} from '../lesson/fixture.ts'

const nowhere = '01930000-0000-7000-8000-000000000001'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students', 'groups')
  await enrol(school)
  await teach(school, teacher, lea, max)
  await teach(school, otherTeacher, lea)
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const mutate = (name: string, input: Record<string, unknown>, viewer: Viewer, selection: string) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
      ${name}(input: $input) { ${selection} }
    }`,
    { input },
  )
const entry = 'participant { id response respondedAt student { telegramId } attendance { status } }'
const add = (input: Record<string, unknown>, viewer: Viewer = as.teacher(teacher)) =>
  mutate('addLessonParticipant', { studentTelegramId: lea, ...input }, viewer, entry)
const remove = (input: Record<string, unknown>, viewer: Viewer = as.teacher(teacher)) =>
  mutate(
    'removeLessonParticipant',
    { studentTelegramId: lea, ...input },
    viewer,
    'lesson { participants { student { telegramId } } }',
  )
const respond = (lessonId: string, response: string, viewer: Viewer = as.student(lea)) =>
  mutate('respondToLesson', { lessonId, response }, viewer, entry)
const refusalOf = async (answer: ReturnType<typeof add>) => (await answer).errors?.[0].extensions
const audit = () =>
  rows(
    school,
    `SELECT actor, action, person_telegram_id AS person FROM audit_log
     WHERE table_name = 'lesson_participants' AND actor <> 'system:test'`,
  )

describe('adding', () => {
  test('begins with an open answer', async () => {
    const lessonId = await plan(school, { hour: 1 })
    expect(await add({ lessonId })).toEqual({
      data: {
        addLessonParticipant: {
          participant: {
            id: expect.any(String),
            response: 'PENDING',
            respondedAt: null,
            student: { telegramId: String(lea) },
            attendance: null,
          },
        },
      },
    })
    expect(await audit()).toEqual([
      { actor: `user:${teacher}`, action: 'INSERT', person: String(lea) },
    ])
  })

  test("is for the lesson's teacher and administrators", async () => {
    const lessonId = await plan(school, { hour: 1 })
    expect(await refusalOf(add({ lessonId }, as.anonymous))).toEqual({ code: 'UNAUTHENTICATED' })
    for (const viewer of [as.student(lea), as.teacher(otherTeacher), as.service('groups')]) {
      expect(await refusalOf(add({ lessonId }, viewer))).toEqual({ code: 'FORBIDDEN' })
    }
    expect(await refusalOf(add({ lessonId: nowhere }))).toEqual({ code: 'FORBIDDEN' })
    expect(await refusalOf(add({ lessonId: nowhere }, as.admin()))).toEqual({ code: 'NOT_FOUND' })
    expect(await refusalOf(add({ lessonId }, as.admin()))).toBeUndefined()
  })

  test('is for students whom the teacher teaches; administrators add everybody', async () => {
    const lessonId = await plan(school, { hour: 1 })
    await plan(school, { hour: 1.5, teacher: otherTeacher, students: [zoe] })
    const refused = { code: 'BAD_USER_INPUT', field: 'input.studentTelegramId' }
    // Nobody's id, a student without a lesson at that time, and one who has one.
    for (const studentTelegramId of [5n, ivo, zoe]) {
      expect(await refusalOf(add({ lessonId, studentTelegramId }))).toEqual(refused)
    }
    expect(await refusalOf(add({ lessonId, studentTelegramId: 5n }, as.admin()))).toEqual(refused)
    expect(await refusalOf(add({ lessonId, studentTelegramId: ivo }, as.admin()))).toBeUndefined()
  })

  test('refuses who takes part already or has no time', async () => {
    const lessonId = await plan(school, { hour: 1, students: [lea] })
    await plan(school, { hour: 1.5, teacher: otherTeacher, students: [max] })
    expect(await refusalOf(add({ lessonId }))).toEqual({
      code: 'CONFLICT',
      reason: 'ALREADY_PARTICIPANT',
    })
    expect(await refusalOf(add({ lessonId, studentTelegramId: max }))).toEqual({
      code: 'CONFLICT',
      reason: 'STUDENT_BUSY',
      conflictsWith: { studentTelegramId: String(max), startsAt: at(1.5), endsAt: at(2.5) },
    })
    const cancelled = await plan(school, { hour: 7, columns: { status: 'CANCELLED' } })
    expect(await refusalOf(add({ lessonId: cancelled }))).toEqual({
      code: 'CONFLICT',
      reason: 'LESSON_CANCELLED',
    })
    expect(await audit()).toEqual([])
  })

  test('twice with one key adds once', async () => {
    const input = { lessonId: await plan(school, { hour: 1 }), idempotencyKey: 'k' }
    const answers = await Promise.all([add(input), add(input)])
    const ids = answers.map((answer) => answer.data.addLessonParticipant.participant.id)
    expect(ids[0]).toBe(ids[1])
    expect(await audit()).toHaveLength(1)
    const restart = await school.stop('groups')
    const retry = await add(input)
    await restart()
    expect(retry).toEqual(answers[0])
  })
})

describe('removing', () => {
  test('makes the student free again', async () => {
    const lessonId = await plan(school, { hour: 1, students: [lea, max] })
    const other = await plan(school, { hour: 1, teacher: otherTeacher })
    expect(await remove({ lessonId })).toEqual({
      data: {
        removeLessonParticipant: {
          lesson: { participants: [{ student: { telegramId: String(max) } }] },
        },
      },
    })
    expect(await refusalOf(add({ lessonId: other }, as.teacher(otherTeacher)))).toBeUndefined()
    expect(await refusalOf(remove({ lessonId }))).toEqual({ code: 'NOT_FOUND' })
  })

  test('is refused to others, and where it would rewrite history', async () => {
    const lessonId = await plan(school, { hour: -1, students: [lea], marked: [lea] })
    for (const viewer of [as.student(lea), as.teacher(otherTeacher), as.service('groups')]) {
      expect(await refusalOf(remove({ lessonId }, viewer))).toEqual({ code: 'FORBIDDEN' })
    }
    expect(await refusalOf(remove({ lessonId: nowhere }))).toEqual({ code: 'FORBIDDEN' })
    expect(await refusalOf(remove({ lessonId: nowhere }, as.admin()))).toEqual({
      code: 'NOT_FOUND',
    })
    expect(await refusalOf(remove({ lessonId }))).toEqual({
      code: 'CONFLICT',
      reason: 'ATTENDANCE_MARKED',
    })
    expect(await rows(school, 'SELECT status FROM lesson_attendance')).toHaveLength(1)
  })
})

describe('answering', () => {
  test('a participant accepts, and changes their mind', async () => {
    const lessonId = await plan(school, { hour: 1, students: [lea, max] })
    const answer = await respond(lessonId, 'ACCEPTED')
    expect(answer.data.respondToLesson.participant).toEqual({
      id: expect.any(String),
      response: 'ACCEPTED',
      respondedAt: now.toISOString(),
      student: { telegramId: String(lea) },
      attendance: null,
    })
    await respond(lessonId, 'DECLINED')
    expect(
      await rows(
        school,
        'SELECT response FROM lesson_participants WHERE student_telegram_id = $1',
        lea,
      ),
    ).toEqual([{ response: 'DECLINED' }])
    expect(await audit()).toEqual([
      { actor: `user:${lea}`, action: 'UPDATE', person: String(lea) },
      { actor: `user:${lea}`, action: 'UPDATE', person: String(lea) },
    ])
  })

  test('is for participants alone', async () => {
    const lessonId = await plan(school, { hour: 1, students: [lea] })
    expect(await refusalOf(respond(lessonId, 'ACCEPTED', as.anonymous))).toEqual({
      code: 'UNAUTHENTICATED',
    })
    const others = [as.student(max), as.teacher(teacher), as.admin(), as.service('groups')]
    for (const viewer of others) {
      expect(await refusalOf(respond(lessonId, 'ACCEPTED', viewer))).toEqual({ code: 'FORBIDDEN' })
    }
    expect(await refusalOf(respond(nowhere, 'ACCEPTED'))).toEqual({ code: 'FORBIDDEN' })
    expect(await refusalOf(respond(nowhere, 'ACCEPTED', as.admin()))).toEqual({ code: 'NOT_FOUND' })
  })

  test('PENDING is no answer', async () => {
    const lessonId = await plan(school, { hour: 1, students: [lea] })
    expect(await refusalOf(respond(lessonId, 'PENDING'))).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'input.response',
    })
  })

  test('comes too late once the lesson has begun or is cancelled', async () => {
    const begun = await plan(school, { hour: 0, students: [lea] })
    const cancelled = await plan(school, {
      hour: 2,
      students: [lea],
      columns: { status: 'CANCELLED' },
    })
    expect(await refusalOf(respond(begun, 'DECLINED'))).toMatchObject({ reason: 'LESSON_STARTED' })
    expect(await refusalOf(respond(cancelled, 'DECLINED'))).toMatchObject({
      reason: 'LESSON_CANCELLED',
    })
  })

  test('a declined lesson cannot be accepted once another is in the way', async () => {
    const first = await plan(school, { hour: 1, students: [lea] })
    await respond(first, 'DECLINED')
    const second = await plan(school, { hour: 1.5, teacher: otherTeacher, students: [lea] })
    expect(await refusalOf(respond(first, 'ACCEPTED'))).toEqual({
      code: 'CONFLICT',
      reason: 'STUDENT_BUSY',
      conflictsWith: {
        studentTelegramId: String(lea),
        startsAt: at(1.5),
        endsAt: at(2.5),
        lessonId: second,
      },
    })
  })
})
