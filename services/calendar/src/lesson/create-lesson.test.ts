import { as, insert, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  at,
  clear,
  enrol,
  lea,
  max,
  otherTeacher,
  plan,
  rows,
  startCalendar,
  teacher,
  zoe,
} from './fixture.ts'

const running = '01930000-0000-7000-8000-00000000000a'
const finished = '01930000-0000-7000-8000-00000000000b'
const foreign = '01930000-0000-7000-8000-00000000000c'
const draft = '01930000-0000-7000-8000-00000000000d'
const nowhere = '01930000-0000-7000-8000-00000000000e'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students', 'groups')
  await enrol(school, [
    { id: running, status: 'RUNNING' },
    { id: finished, status: 'FINISHED' },
    { id: draft, status: 'DRAFT' },
    { id: foreign, status: 'OPEN', teacher_telegram_id: otherTeacher },
  ])
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const create = (input: Record<string, unknown> = {}, viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: CreateLessonInput!) {
      createLesson(input: $input) {
        lesson {
          id title startsAt endsAt timezone status place meetingUrl version
          teacher { telegramId } group { id } participants { response student { telegramId } }
        }
      }
    }`,
    {
      input: {
        title: 'Verbs',
        startsAt: at(1),
        endsAt: at(2),
        timezone: 'Europe/London',
        ...input,
      },
    },
  )
const refusal = async (...args: Parameters<typeof create>) =>
  (await create(...args)).errors?.[0].extensions
const nothingWritten = async () => {
  for (const table of ['lessons', 'lesson_participants', 'audit_log', 'idempotency_keys']) {
    expect(await rows(school, `SELECT * FROM ${table}`)).toEqual([])
  }
}

test('a teacher plans a lesson', async () => {
  const answer = await create({
    title: '  Verbs ',
    place: 'Room 1',
    meetingUrl: 'https://meet.example.org/1',
    groupId: running,
    participantTelegramIds: [lea, max],
  })
  expect(answer).toEqual({
    data: {
      createLesson: {
        lesson: {
          id: expect.any(String),
          title: 'Verbs',
          startsAt: at(1),
          endsAt: at(2),
          timezone: 'Europe/London',
          status: 'SCHEDULED',
          place: 'Room 1',
          meetingUrl: 'https://meet.example.org/1',
          version: 1,
          teacher: { telegramId: String(teacher) },
          group: { id: running },
          participants: expect.arrayContaining(
            [lea, max].map((id) => ({ response: 'PENDING', student: { telegramId: String(id) } })),
          ),
        },
      },
    },
  })
  const audit = await rows(
    school,
    'SELECT actor, action, table_name, person_telegram_id FROM audit_log ORDER BY person_telegram_id',
  )
  const entry = { actor: `user:${teacher}`, action: 'INSERT' }
  expect(audit).toEqual([
    { ...entry, table_name: 'lessons', person_telegram_id: String(teacher) },
    { ...entry, table_name: 'lesson_participants', person_telegram_id: String(lea) },
    { ...entry, table_name: 'lesson_participants', person_telegram_id: String(max) },
  ])
})

test('an administrator plans for a teacher', async () => {
  const answer = await create({ teacherTelegramId: otherTeacher, groupId: foreign }, as.admin())
  expect(answer.data.createLesson.lesson.teacher).toEqual({ telegramId: String(otherTeacher) })
  expect(await refusal({}, as.admin())).toEqual({
    code: 'BAD_USER_INPUT',
    field: 'input.teacherTelegramId',
  })
})

test('nobody else does', async () => {
  expect(await refusal({}, as.anonymous)).toEqual({ code: 'UNAUTHENTICATED' })
  expect(await refusal({}, as.student(lea))).toEqual({ code: 'FORBIDDEN' })
  expect(await refusal({}, as.service('groups'))).toEqual({ code: 'FORBIDDEN' })
  expect(await refusal({ teacherTelegramId: otherTeacher })).toEqual({ code: 'FORBIDDEN' })
  await nothingWritten()
})

test.each([
  ['title', { title: '   ' }],
  ['title', { title: 'x'.repeat(121) }],
  ['title', { title: 'a\0b' }],
  ['endsAt', { endsAt: at(1) }],
  ['endsAt', { endsAt: at(0) }],
  ['endsAt', { startsAt: at(1), endsAt: at(1 + 4.9 / 60) }],
  ['endsAt', { endsAt: at(25.1) }],
  ['meetingUrl', { meetingUrl: 'http://meet.example.org' }],
  ['meetingUrl', { meetingUrl: 'javascript:alert(1)' }],
  ['place', { place: 'x'.repeat(201) }],
  ['groupId', { groupId: nowhere }],
  ['groupId', { groupId: foreign }],
  ['participantTelegramIds', { participantTelegramIds: [lea, lea] }],
  [
    'participantTelegramIds',
    { participantTelegramIds: Array.from({ length: 201 }, (_, i) => i + 1) },
  ],
  ['participantTelegramIds.1', { participantTelegramIds: [lea, 5n, max] }],
])('refuses %s out of its bounds: %o', async (field, input) => {
  expect(await refusal(input)).toEqual({ code: 'BAD_USER_INPUT', field: `input.${field}` })
  await nothingWritten()
})

test('the shortest and the longest lesson', async () => {
  expect((await create({ endsAt: at(1 + 5 / 60) })).errors).toBeUndefined()
  expect((await create({ startsAt: at(2), endsAt: at(26) })).errors).toBeUndefined()
})

test.each([finished, draft])('refuses a group that takes no lessons', async (groupId) => {
  expect(await refusal({ groupId })).toMatchObject({
    code: 'CONFLICT',
    reason: 'GROUP_NOT_RUNNING',
  })
})

test('refuses a teacher who does not exist', async () => {
  expect(await refusal({}, as.teacher(5n))).toMatchObject({ field: 'input.teacherTelegramId' })
})

describe('nobody is booked twice', () => {
  test('the teacher', async () => {
    const other = await plan(school, { hour: 0.5 })
    expect(await refusal()).toEqual({
      code: 'CONFLICT',
      reason: 'TEACHER_BUSY',
      conflictsWith: { startsAt: at(0.5), endsAt: at(1.5), lessonId: other },
    })
  })

  test('the group', async () => {
    await plan(school, { hour: 0.5, teacher: otherTeacher, columns: { group_id: running } })
    expect(await refusal({ groupId: running })).toEqual({
      code: 'CONFLICT',
      reason: 'GROUP_BUSY',
      conflictsWith: { startsAt: at(0.5), endsAt: at(1.5) },
    })
  })

  test('a student', async () => {
    const other = await plan(school, { hour: 1.5, teacher: otherTeacher, students: [max] })
    const busy = {
      code: 'CONFLICT',
      reason: 'STUDENT_BUSY',
      conflictsWith: { studentTelegramId: String(max), startsAt: at(1.5), endsAt: at(2.5) },
    }
    const input = { participantTelegramIds: [lea, max, zoe] }
    expect(await refusal(input)).toEqual(busy)
    // Nothing of the attempt is left: not even the two who had time.
    expect(await rows(school, 'SELECT id FROM lessons')).toHaveLength(1)
    expect(await rows(school, 'SELECT id FROM lesson_participants')).toHaveLength(1)
    expect(await refusal({ ...input, teacherTelegramId: teacher }, as.admin())).toEqual({
      ...busy,
      conflictsWith: { ...busy.conflictsWith, lessonId: other },
    })
  })

  test('lessons that are cancelled, declined or only touch are not in the way', async () => {
    await plan(school, { hour: 0, students: [lea] })
    await plan(school, { hour: 2, students: [lea] })
    await plan(school, { hour: 1, students: [lea], columns: { status: 'CANCELLED' } })
    const declined = await plan(school, { hour: 1, teacher: otherTeacher, students: [lea] })
    await school.ask(
      'calendar',
      as.student(lea),
      'mutation ($id: UUID!) { respondToLesson(input: { lessonId: $id, response: DECLINED }) { lesson { id } } }',
      { id: declined },
    )
    expect((await create({ participantTelegramIds: [lea] })).errors).toBeUndefined()
  })

  const race = async (act: (i: number) => ReturnType<typeof create>, reason: string) => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => act(i)))
    const refusals = answers.flatMap((answer) => answer.errors?.[0].extensions ?? [])
    expect(refusals).toHaveLength(19)
    for (const { code, reason: given, conflictsWith } of refusals) {
      expect({ code, reason: given }).toEqual({ code: 'CONFLICT', reason })
      expect(conflictsWith).toMatchObject({ startsAt: at(1), endsAt: at(2) })
    }
    expect(await rows(school, 'SELECT id FROM lessons')).toHaveLength(1)
  }

  test('of 20 lessons of one teacher at once, one is planned', () =>
    race(() => create(), 'TEACHER_BUSY'))

  test('of 20 lessons of the same students at once, one is planned', async () => {
    const teachers = Array.from({ length: 20 }, (_, i) => 4_000_000_000n + BigInt(i))
    const profiles = teachers.map((telegram_id) => ({ telegram_id, status: 'ACTIVE' }))
    await insert(school.database('teachers'), 'teachers', ...profiles)
    // Named in two orders, they would end in deadlocks if nobody took turns.
    for (let round = 0; round < 5; round++) {
      await clear(school)
      await race((i) => {
        const participantTelegramIds = i % 2 ? [lea, max] : [max, lea]
        return create({ participantTelegramIds }, as.teacher(teachers[i] ?? 0n))
      }, 'STUDENT_BUSY')
    }
  })
})

describe('a repeated request', () => {
  const idempotencyKey = 'retry-1'

  test('creates once and gives what it created', async () => {
    const input = { idempotencyKey, participantTelegramIds: [lea] }
    const answers = await Promise.all([create(input), create(input), create(input)])
    const ids = answers.map((answer) => answer.data.createLesson.lesson.id)
    expect(new Set(ids).size).toBe(1)
    expect(await rows(school, 'SELECT id FROM lessons')).toHaveLength(1)
  })

  test('with another input is refused', async () => {
    await create({ idempotencyKey })
    expect(await refusal({ idempotencyKey, title: 'Nouns' })).toEqual({
      code: 'CONFLICT',
      reason: 'IDEMPOTENCY_KEY_REUSED',
    })
  })

  test('is free to try again after a refusal', async () => {
    const other = await plan(school, { hour: 1 })
    expect(await refusal({ idempotencyKey })).toMatchObject({ reason: 'TEACHER_BUSY' })
    await school.ask(
      'calendar',
      as.teacher(teacher),
      'mutation ($id: UUID!) { updateLesson(input: { id: $id, status: CANCELLED }) { lesson { id } } }',
      { id: other },
    )
    expect((await create({ idempotencyKey })).errors).toBeUndefined()
  })
})
