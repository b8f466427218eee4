import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  clear,
  lea,
  max,
  now,
  otherTeacher,
  plan,
  rows,
  startCalendar,
  teacher,
  zoe,
} from '../lesson/fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const present = (student: bigint, rest: Record<string, unknown> = {}) => ({
  studentTelegramId: student,
  status: 'PRESENT',
  ...rest,
})
const mark = (lessonId: string, marks: unknown[], viewer: Viewer = as.teacher(teacher)) =>
  school.ask(
    'calendar',
    viewer,
    `mutation ($input: MarkAttendanceInput!) {
      markAttendance(input: $input) {
        lesson {
          participants {
            student { telegramId }
            attendance { status minutes remark markedBy { telegramId } markedAt }
          }
        }
      }
    }`,
    { input: { lessonId, marks } },
  )
const refusal = async (...args: Parameters<typeof mark>) =>
  (await mark(...args)).errors?.[0].extensions
const stored = () =>
  rows(
    school,
    `SELECT student_telegram_id AS student, status, minutes, remark, marked_by_telegram_id AS by
     FROM lesson_attendance ORDER BY student_telegram_id`,
  )
const audit = () =>
  rows(
    school,
    `SELECT actor, action, person_telegram_id AS person, after->>'status' AS status FROM audit_log
     WHERE table_name = 'lesson_attendance' AND actor <> 'system:test' ORDER BY id`,
  )

test('a teacher marks who was there', async () => {
  const id = await plan(school, { hour: -1, students: [lea, max, zoe] })
  const answer = await mark(id, [
    present(lea, { minutes: 60 }),
    present(max, { status: 'LATE', minutes: 40, remark: ' Train ' }),
  ])
  const [by, markedAt] = [{ telegramId: String(teacher) }, now.toISOString()]
  const entries = answer.data.markAttendance.lesson.participants
  const attendanceOf = (student: bigint) =>
    entries.find(
      (entry: { student: { telegramId: string } }) => entry.student.telegramId === String(student),
    ).attendance
  expect(attendanceOf(lea)).toEqual({
    status: 'PRESENT',
    minutes: 60,
    remark: null,
    markedBy: by,
    markedAt,
  })
  expect(attendanceOf(max)).toEqual({
    status: 'LATE',
    minutes: 40,
    remark: 'Train',
    markedBy: by,
    markedAt,
  })
  expect(attendanceOf(zoe)).toBeNull()
})

test('marking again corrects, and leaves what stays the same to who marked it', async () => {
  const id = await plan(school, { hour: -1, students: [lea, max] })
  await mark(id, [present(lea), present(max)])
  await mark(
    id,
    [present(lea), present(max, { status: 'EXCUSED', remark: 'Wrote a mail' })],
    as.admin(),
  )
  expect(await stored()).toEqual([
    { student: String(lea), status: 'PRESENT', minutes: null, remark: null, by: String(teacher) },
    {
      student: String(max),
      status: 'EXCUSED',
      minutes: null,
      remark: 'Wrote a mail',
      by: '9000000001',
    },
  ])
  expect(await audit()).toEqual([
    { actor: `user:${teacher}`, action: 'INSERT', person: String(lea), status: 'PRESENT' },
    { actor: `user:${teacher}`, action: 'INSERT', person: String(max), status: 'PRESENT' },
    { actor: 'user:9000000001', action: 'UPDATE', person: String(max), status: 'EXCUSED' },
  ])
})

test("for the lesson's teacher and administrators alone", async () => {
  const id = await plan(school, { hour: -1, students: [lea] })
  expect(await refusal(id, [present(lea)], as.anonymous)).toEqual({ code: 'UNAUTHENTICATED' })
  for (const viewer of [as.student(lea), as.teacher(otherTeacher), as.service('groups')]) {
    expect(await refusal(id, [present(lea)], viewer)).toEqual({ code: 'FORBIDDEN' })
  }
  const nowhere = '01930000-0000-7000-8000-000000000001'
  expect(await refusal(nowhere, [present(lea)])).toEqual({ code: 'FORBIDDEN' })
  expect(await refusal(nowhere, [present(lea)], as.admin())).toEqual({ code: 'NOT_FOUND' })
  expect(await stored()).toEqual([])
})

test('not before the lesson begins, and not of a cancelled one', async () => {
  const future = await plan(school, { hour: 0.01, students: [lea] })
  const cancelled = await plan(school, {
    hour: -5,
    students: [lea],
    columns: { status: 'CANCELLED' },
  })
  const begins = await plan(school, { hour: 0, teacher: otherTeacher, students: [max] })
  expect(await refusal(future, [present(lea)])).toMatchObject({
    code: 'CONFLICT',
    reason: 'LESSON_NOT_STARTED',
  })
  expect(await refusal(cancelled, [present(lea)])).toEqual({
    code: 'CONFLICT',
    reason: 'LESSON_CANCELLED',
  })
  expect(await refusal(begins, [present(max)], as.teacher(otherTeacher))).toBeUndefined()
})

test.each([
  ['marks.1.studentTelegramId', [present(lea), present(zoe)]],
  ['marks', []],
  ['marks', [present(lea), present(lea)]],
  ['marks.0.minutes', [present(lea, { minutes: 1441 })]],
  ['marks.1.minutes', [present(lea), present(max, { minutes: -1 })]],
  ['marks.0.remark', [present(lea, { remark: 'x'.repeat(501) })]],
])('all or nothing: refuses %s', async (field, marks) => {
  const id = await plan(school, { hour: -1, students: [lea, max] })
  expect(await refusal(id, marks)).toEqual({ code: 'BAD_USER_INPUT', field: `input.${field}` })
  expect(await stored()).toEqual([])
})

test('a hundred marks cost as many statements as one', async () => {
  const students = Array.from({ length: 100 }, (_, i) => teacher + 1000n + BigInt(i))
  const small = await plan(school, { hour: -1, students: [lea] })
  const large = await plan(school, { hour: -3, students })
  const count = async (id: string, whom: bigint[]) =>
    (
      await school.statements('calendar', () =>
        mark(
          id,
          whom.map((student) => present(student)),
        ),
      )
    ).length
  expect(await count(large, students)).toBe(await count(small, [lea]))
  expect(await stored()).toHaveLength(101)
})
