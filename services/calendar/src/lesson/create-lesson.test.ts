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
  teach,
  teacher,
  zoe,
} from './fixture.ts'

const running = '01930000-0000-7000-8000-00000000000a'
const finished = '01930000-0000-7000-8000-00000000000b'
const foreign = '01930000-0000-7000-8000-00000000000c'
const draft = '01930000-0000-7000-8000-00000000000d'
const nowhere = '01930000-0000-7000-8000-00000000000e'
const foreignDraft = '01930000-0000-7000-8000-00000000000f'
const resting = teacher + 2n

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students', 'groups')
  await enrol(school, [
    { id: running, status: 'RUNNING' },
    { id: finished, status: 'FINISHED' },
    { id: draft, status: 'DRAFT' },
    { id: foreign, status: 'OPEN', teacher_telegram_id: otherTeacher },
    { id: foreignDraft, status: 'DRAFT', teacher_telegram_id: otherTeacher },
  ])
  await teach(school, teacher, lea, max, zoe)
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
    `SELECT actor, action, table_name, person_telegram_id FROM audit_log
     WHERE table_name <> 'group_states' ORDER BY person_telegram_id`,
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

test('refuses a teacher who gives no lessons, whoever plans', async () => {
  const profile = { telegram_id: resting, status: 'SUSPENDED' }
  await insert(school.database('teachers'), 'teachers', profile)
  const refused = {
    code: 'CONFLICT',
    reason: 'TEACHER_NOT_ACTIVE',
    conflictsWith: { status: 'SUSPENDED' },
  }
  expect(await refusal({}, as.teacher(resting))).toEqual(refused)
  expect(await refusal({ teacherTelegramId: resting }, as.admin())).toEqual(refused)
  await nothingWritten()
})

test('a teacher does not learn of a group of another teacher', async () => {
  const messages = await Promise.all(
    [foreignDraft, nowhere].map(async (groupId) => {
      const answer = await create({ groupId })
      return answer.errors?.[0].message.replace(groupId, '')
    }),
  )
  expect(messages[0]).toBe(messages[1])
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

  test('gets what it created, whatever has become of the world', async () => {
    const input = { idempotencyKey, participantTelegramIds: [lea] }
    const first = await create(input)
    const restart = await Promise.all(['teachers', 'groups'].map((name) => school.stop(name)))
    const retry = await create(input)
    await Promise.all(restart.map((again) => again()))
    expect(first.errors).toBeUndefined()
    expect(retry).toEqual(first)
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
      'mutation ($id: UUID!) { cancelLesson(input: { id: $id }) { lesson { id } } }',
      { id: other },
    )
    expect((await create({ idempotencyKey })).errors).toBeUndefined()
  })
})
