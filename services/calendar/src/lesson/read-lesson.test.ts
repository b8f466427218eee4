import { as, insert, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  at,
  clear,
  lea,
  max,
  now,
  otherTeacher,
  plan,
  span,
  startCalendar,
  teacher,
  zoe,
} from './fixture.ts'

const groupId = '01930000-0000-7000-8000-00000000000a'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const fields = `id startsAt status title group { id } teacher { telegramId }
  participants { response attendance { status } student { telegramId } }`

const lesson = (viewer: Viewer, id: string, selection = fields) =>
  school.ask('calendar', viewer, `query ($id: UUID!) { lesson(id: $id) { ${selection} } }`, { id })

/** What the gateway sends for `user { lessons }` and its kind. */
const lessonsOf = (type: string, viewer: Viewer, key: Record<string, unknown>, args = span) =>
  school.ask(
    'calendar',
    viewer,
    `query ($keys: [_Any!]!, $from: DateTime!, $to: DateTime!) {
      _entities(representations: $keys) { ... on ${type} { lessons(from: $from, to: $to) { ${fields} } } }
    }`,
    { keys: [{ __typename: type, ...key }], ...args },
  )
const lessonsOfUser = (viewer: Viewer, telegramId: bigint, args = span) =>
  lessonsOf('User', viewer, { telegramId }, args)

const idsIn = (answer: { data?: { _entities: { lessons: { id: string }[] | null }[] } }) =>
  answer.data?._entities[0]?.lessons?.map((found) => found.id)
const codes = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.map((error) => error.extensions.code)

describe('one lesson', () => {
  test('its teacher sees everything', async () => {
    const series = {
      id: '01930000-0000-7000-8000-00000000000b',
      teacher_telegram_id: teacher,
      title: 'Fridays',
      local_start: '2027-02-05T18:30:00',
      timezone: 'Europe/London',
      duration_minutes: 60,
      rrule: 'FREQ=WEEKLY',
      until: at(1000),
      created_at: now,
    }
    await insert(school.database('calendar'), 'lesson_series', series)
    const id = await plan(school, {
      hour: -2,
      students: [lea, max],
      marked: [lea],
      columns: {
        group_id: groupId,
        series_id: series.id,
        original_starts_at: at(-3),
        location: 'Room 1',
        meeting_url: 'https://meet.example.org/1',
        version: 1,
      },
    })
    const answer = await lesson(
      as.teacher(teacher),
      id,
      `id title startsAt endsAt timezone status place meetingUrl cancelReason version seriesId
       originalStartsAt teacher { telegramId } group { id }
       series { id title firstDate localTime timezone durationMinutes rrule until }
       participants {
         student { telegramId } response respondedAt
         attendance { status minutes remark markedBy { telegramId } markedAt }
       }`,
    )
    expect(answer).toEqual({
      data: {
        lesson: {
          id,
          title: 'Lesson',
          startsAt: at(-2),
          endsAt: at(-1),
          timezone: 'UTC',
          status: 'SCHEDULED',
          place: 'Room 1',
          meetingUrl: 'https://meet.example.org/1',
          cancelReason: null,
          version: 1,
          seriesId: series.id,
          originalStartsAt: at(-3),
          teacher: { telegramId: String(teacher) },
          group: { id: groupId },
          series: {
            id: series.id,
            title: 'Fridays',
            firstDate: '2027-02-05',
            localTime: '18:30',
            timezone: 'Europe/London',
            durationMinutes: 60,
            rrule: 'FREQ=WEEKLY',
            until: at(1000),
          },
          participants: expect.toSatisfy((entries: unknown[]) => entries.length === 2),
        },
      },
    })
    expect(answer.data.lesson.participants).toContainEqual({
      student: { telegramId: String(lea) },
      response: 'PENDING',
      respondedAt: null,
      attendance: {
        status: 'PRESENT',
        minutes: null,
        remark: null,
        markedBy: { telegramId: String(teacher) },
        markedAt: now.toISOString(),
      },
    })
    expect(answer.data.lesson.participants).toContainEqual(
      expect.objectContaining({ student: { telegramId: String(max) }, attendance: null }),
    )
  })

  test('a participant sees their own entry and nobody else', async () => {
    const id = await plan(school, { hour: -2, students: [lea, max], marked: [lea, max] })
    const answer = await lesson(as.student(lea), id)
    expect(answer.errors).toBeUndefined()
    expect(answer.data.lesson.participants).toEqual([
      {
        response: 'PENDING',
        attendance: { status: 'PRESENT' },
        student: { telegramId: String(lea) },
      },
    ])
  })

  test('administrators see everything, services all but the attendance', async () => {
    const id = await plan(school, { hour: 1, students: [lea, max] })
    expect((await lesson(as.admin(), id)).data.lesson.participants).toHaveLength(2)
    const asked = await lesson(as.service('notification'), id, 'id participants { response }')
    expect(asked.data.lesson.participants).toHaveLength(2)
    const refused = await lesson(
      as.service('notification'),
      id,
      'participants { attendance { status } }',
    )
    expect(new Set(codes(refused))).toEqual(new Set(['FORBIDDEN']))
  })

  test('it does not exist for others', async () => {
    const id = await plan(school, { hour: 1, students: [lea] })
    const nowhere = '01930000-0000-7000-8000-000000000001'
    expect(codes(await lesson(as.anonymous, id))).toEqual(['UNAUTHENTICATED'])
    for (const stranger of [as.student(max), as.teacher(otherTeacher)]) {
      expect(codes(await lesson(stranger, id))).toEqual(['FORBIDDEN'])
      expect(codes(await lesson(stranger, nowhere))).toEqual(['FORBIDDEN'])
      expect(await reference(stranger, id)).toEqual({ data: { _entities: [null] } })
    }
    for (const knowing of [as.admin(), as.service('groups')]) {
      expect(await lesson(knowing, nowhere)).toEqual({ data: { lesson: null } })
      expect(await reference(knowing, id)).toEqual({ data: { _entities: [{ id }] } })
    }
  })

  const reference = (viewer: Viewer, id: string) =>
    school.ask(
      'calendar',
      viewer,
      'query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Lesson { id } } }',
      { keys: [{ __typename: 'Lesson', id }] },
    )
})

describe('lessons of a person', () => {
  test('those that the person gives or takes part in, by start, whatever became of them', async () => {
    const taken = await plan(school, { hour: 5, teacher: otherTeacher, students: [teacher] })
    const given = await plan(school, { hour: 2, students: [lea] })
    const cancelled = await plan(school, { hour: 2.5, columns: { status: 'CANCELLED' } })
    await plan(school, { hour: 3, teacher: otherTeacher, students: [lea] })
    const viewer = as.teacher(teacher)
    expect(idsIn(await lessonsOfUser(viewer, teacher))).toEqual([given, cancelled, taken])
    expect(idsIn(await lessonsOf('Teacher', viewer, { telegramId: teacher }))).toEqual([
      given,
      cancelled,
    ])
    expect(idsIn(await lessonsOf('Student', viewer, { telegramId: teacher }))).toEqual([taken])
  })

  test('those that reach into the span, and no others', async () => {
    await plan(school, { hour: 1, students: [lea] })
    const early = await plan(school, { hour: 2, students: [lea] })
    const late = await plan(school, { hour: 3, students: [lea] })
    await plan(school, { hour: 4, students: [lea] })
    const long = await plan(school, {
      hour: -21.5,
      teacher: otherTeacher,
      students: [lea],
      columns: { ends_at: at(2.25), status: 'CANCELLED' },
    })
    const answer = await lessonsOfUser(as.student(lea), lea, { from: at(2), to: at(4) })
    expect(idsIn(answer)).toEqual([long, early, late])
  })

  test('the student gets the whole profile without an error', async () => {
    await plan(school, {
      hour: 1,
      students: [lea, max],
      marked: [max],
      columns: { group_id: groupId },
    })
    const answer = await lessonsOfUser(as.student(lea), lea)
    expect(answer.errors).toBeUndefined()
    expect(answer.data._entities[0].lessons[0].participants).toHaveLength(1)
  })

  test('a teacher sees of a student the lessons that this teacher gives', async () => {
    const own = await plan(school, { hour: 1, students: [lea] })
    const foreign = await plan(school, { hour: 3, teacher: otherTeacher, students: [lea] })
    expect(idsIn(await lessonsOfUser(as.teacher(teacher), lea))).toEqual([own])
    expect(
      idsIn(await lessonsOf('Student', as.teacher(otherTeacher), { telegramId: lea })),
    ).toEqual([foreign])
    expect(idsIn(await lessonsOfUser(as.admin(), lea))).toEqual([own, foreign])
  })

  test('what a teacher sees ends with the role, not with the teaching', async () => {
    const past = await plan(school, { hour: -24 * 20, students: [lea, max], marked: [lea] })
    expect(idsIn(await lessonsOfUser(as.teacher(teacher), lea))).toEqual([past])
    const former = as.student(teacher)
    expect(codes(await lessonsOfUser(former, lea))).toEqual(['FORBIDDEN'])
    expect(codes(await lesson(former, past))).toEqual(['FORBIDDEN'])
    expect(idsIn(await lessonsOf('Teacher', former, { telegramId: teacher }))).toEqual([])
  })

  test('others are refused', async () => {
    await plan(school, { hour: 1, students: [lea] })
    const of = { User: lea, Student: lea, Teacher: teacher }
    for (const [type, telegramId] of Object.entries(of)) {
      const ask = (viewer: Viewer) => lessonsOf(type, viewer, { telegramId })
      expect(codes(await ask(as.anonymous))).toEqual(['UNAUTHENTICATED'])
      expect(codes(await ask(as.student(max)))).toEqual(['FORBIDDEN'])
      expect(codes(await ask(as.teacher(otherTeacher)))).toEqual(['FORBIDDEN'])
      expect(codes(await ask(as.service('groups')))).toEqual(['FORBIDDEN'])
    }
    expect(codes(await lessonsOf('Teacher', as.student(lea), { telegramId: teacher }))).toEqual([
      'FORBIDDEN',
    ])
  })

  test('a span that is empty or too long is refused', async () => {
    const ask = (to: string) => lessonsOfUser(as.student(lea), lea, { from: at(0), to })
    for (const to of [at(0), at(-1), at(400 * 24 + 1)]) {
      expect((await ask(to)).errors?.[0].extensions).toEqual({
        code: 'BAD_USER_INPUT',
        field: 'to',
      })
    }
    expect((await ask(at(400 * 24))).errors).toBeUndefined()
  })
})

test('of a group everybody sees the lessons that exist for them', async () => {
  const columns = { group_id: groupId }
  const first = await plan(school, { hour: 1, students: [lea], columns })
  const second = await plan(school, { hour: 3, students: [max], columns })
  await plan(school, { hour: 5, students: [lea] })
  const ids = async (viewer: Viewer) => idsIn(await lessonsOf('Group', viewer, { id: groupId }))
  expect(await ids(as.student(lea))).toEqual([first])
  expect(await ids(as.student(zoe))).toEqual([])
  expect(await ids(as.teacher(teacher))).toEqual([first, second])
  expect(await ids(as.teacher(otherTeacher))).toEqual([])
  expect(await ids(as.admin())).toEqual([first, second])
  expect(codes(await lessonsOf('Group', as.anonymous, { id: groupId }))).toEqual([
    'UNAUTHENTICATED',
  ])
})
