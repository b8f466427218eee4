import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { violatedConstraint } from './failures.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(['calendar', 'groups'])
})
afterAll(() => server.stop())
beforeEach(() => run('DELETE FROM lessons; DELETE FROM teacher_schedules'))

const run = (sql: string, service = 'calendar') => server.run(service, sql, 'user:1')
const violation = (sql: string, service = 'calendar') =>
  run(sql, service).then(() => 'nothing', violatedConstraint)

const group = '01900000-0000-7000-8000-000000000001'

/** A lesson of an hour from `hour` o'clock; returns its SQL. */
function lesson(
  hour: number,
  { teacher = 1, group: id = null as string | null, status = 'SCHEDULED' } = {},
) {
  return `INSERT INTO lessons (teacher_telegram_id, group_id, title, timezone, starts_at, ends_at, status)
    VALUES (${teacher}, ${id ? `'${id}'` : 'NULL'}, 'Lesson', 'UTC',
      timestamptz '2026-12-01 00:00Z' + interval '${hour} h', timestamptz '2026-12-01 00:00Z' + interval '${hour + 1} h',
      '${status}') RETURNING id`
}

const join = (student: number, id: unknown) =>
  `INSERT INTO lesson_participants (lesson_id, starts_at, ends_at, lesson_status, student_telegram_id)
   SELECT id, starts_at, ends_at, status, ${student} FROM lessons WHERE id = '${id}'`

test('a teacher is never double-booked', async () => {
  await run(lesson(10))
  expect(await violation(lesson(10.5))).toBe('lessons_teacher_no_overlap')
  expect(await violation(lesson(11))).toBe('nothing')
  expect(await violation(lesson(10.5, { status: 'CANCELLED' }))).toBe('nothing')
  expect(await violation(lesson(10.5, { teacher: 2 }))).toBe('nothing')
})

test('a group has one lesson at a time', async () => {
  await run(lesson(10, { group }))
  expect(await violation(lesson(10.5, { group, teacher: 2 }))).toBe('lessons_group_no_overlap')
})

test('a student has one lesson at a time, also when lessons move or are restored', async () => {
  const [first] = await run(lesson(10))
  const [second] = await run(lesson(12, { teacher: 2 }))
  await run(`${join(7, first?.id)}; ${join(7, second?.id)}`)
  const move = (hours: number) =>
    `UPDATE lessons SET starts_at = starts_at + interval '${hours} h', ends_at = ends_at + interval '${hours} h'
     WHERE id = '${second?.id}'`

  expect(await violation(move(-1.5))).toBe('lesson_participants_student_no_overlap')
  expect(await violation(move(1))).toBe('nothing')
  const moved = `SELECT p.starts_at = l.starts_at AS equal FROM lesson_participants p
    JOIN lessons l ON l.id = lesson_id WHERE l.id = '${second?.id}'`
  expect(await run(moved)).toEqual([{ equal: true }])

  await run(`UPDATE lessons SET status = 'CANCELLED' WHERE id = '${second?.id}'`)
  expect(await violation(move(-2.5))).toBe('nothing')
  expect(
    await violation(`UPDATE lessons SET status = 'SCHEDULED' WHERE id = '${second?.id}'`),
  ).toBe('lesson_participants_student_no_overlap')
  await run(
    `UPDATE lesson_participants SET response = 'DECLINED' WHERE lesson_id = '${second?.id}'`,
  )
  expect(
    await violation(`UPDATE lessons SET status = 'SCHEDULED' WHERE id = '${second?.id}'`),
  ).toBe('nothing')
})

test('a participant cannot claim another time than the lesson’s', async () => {
  const [row] = await run(lesson(10))
  await run(join(7, row?.id))
  expect(
    await violation(`UPDATE lesson_participants SET starts_at = starts_at - interval '1 h'`),
  ).toBe('lesson_participants_lesson_fkey')
})

test('working hours of a weekday do not overlap while both are valid', async () => {
  const hours = (from: string, to: string, since: string, until: string | null) =>
    `INSERT INTO teacher_schedules (teacher_telegram_id, weekday, local_from, local_to, timezone, valid_from, valid_until)
     VALUES (1, 1, '${from}', '${to}', 'Europe/Berlin', '${since}', ${until ? `'${until}'` : 'NULL'})`
  await run(hours('20:00', '00:00', '2026-01-01', '2026-06-30'))
  expect(await violation(hours('23:00', '23:30', '2026-06-30', null))).toBe(
    'teacher_schedules_no_overlap',
  )
  expect(await violation(hours('23:00', '23:30', '2026-07-01', null))).toBe('nothing')
  expect(await violation(hours('09:00', '08:00', '2026-07-01', null))).toBe(
    'teacher_schedules_end_after_start',
  )
})

test('a group never has more members than seats, whoever is quicker', async () => {
  await run(
    `INSERT INTO groups (id, name, language, level, teacher_telegram_id, capacity)
     VALUES ('${group}', 'G', 'en', 'A1', 1, 2)`,
    'groups',
  )
  const enrol = (student: number) =>
    `INSERT INTO group_members (group_id, student_telegram_id, status, joined_at)
     VALUES ('${group}', ${student}, 'ACTIVE', now())`
  const results = await Promise.all([1, 2, 3, 4, 5].map((n) => violation(enrol(n), 'groups')))
  expect(results.sort()).toEqual([
    ...Array(3).fill('group_members_within_capacity'),
    ...Array(2).fill('nothing'),
  ])
  expect(await violation('UPDATE groups SET capacity = 1', 'groups')).toBe(
    'group_members_within_capacity',
  )
})

test('who is paused keeps the seat, and who was invited takes one by being paused too', async () => {
  const full = '01900000-0000-7000-8000-000000000002'
  const enrol = (student: number, status: string) =>
    `INSERT INTO group_members (group_id, student_telegram_id, status, joined_at)
     VALUES ('${full}', ${student}, '${status}', now())`
  await run(
    `INSERT INTO groups (id, name, language, level, teacher_telegram_id, capacity)
     VALUES ('${full}', 'G', 'en', 'A1', 1, 1);
     ${enrol(1, 'PAUSED')}; ${enrol(2, 'INVITED')}`,
    'groups',
  )
  const none = 'group_members_within_capacity'
  expect(await violation(enrol(3, 'ACTIVE'), 'groups')).toBe(none)
  expect(await violation(enrol(3, 'PAUSED'), 'groups')).toBe(none)
  const move = (student: number, status: string) =>
    `UPDATE group_members SET status = '${status}' WHERE group_id = '${full}' AND student_telegram_id = ${student}`
  expect(await violation(move(2, 'PAUSED'), 'groups')).toBe(none)
  expect(await violation(move(1, 'ACTIVE'), 'groups')).toBe('nothing')
})

test('one open stay per student and group; places in the queue move up in one statement', async () => {
  const wait = (student: number, place: number) =>
    `INSERT INTO group_members (group_id, student_telegram_id, status, waiting_position)
     VALUES ('${group}', ${student}, 'WAITLISTED', ${place})`
  await run(`${wait(11, 2)}; ${wait(12, 3)}`, 'groups')
  expect(await violation(wait(11, 4), 'groups')).toBe('group_members_one_open_stay')
  expect(await violation(wait(13, 3), 'groups')).toBe('group_members_position_unique')
  const up = `UPDATE group_members SET waiting_position = waiting_position - 1 WHERE status = 'WAITLISTED'`
  expect(await violation(up, 'groups')).toBe('nothing')
  expect(
    await violation(
      `UPDATE group_members SET status = 'LEFT' WHERE student_telegram_id = 11`,
      'groups',
    ),
  ).toMatch(/group_members_(left_when_closed|position_when_waiting)/)
})
