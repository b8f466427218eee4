import { randomUUID } from 'node:crypto'
import { as, insert, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { at, ivo, lea, max, otherTeacher, startCalendar, teacher } from '../lesson/fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() =>
  school.database('calendar').owner.query(
    `BEGIN; SET LOCAL classgram.actor = 'system:test';
     DELETE FROM lessons; DELETE FROM lesson_series; COMMIT`,
  ),
)

const group = randomUUID()

interface Plan {
  /** From now. */
  hours: number
  students: bigint[]
  status?: string
  group_id?: string | null
  series_id?: string | null
  by?: bigint
}

async function plan({ hours, students, by = teacher, ...given }: Plan): Promise<string> {
  const id = randomUUID()
  const starts_at = at(hours)
  const time = { starts_at, ends_at: at(hours + 1) }
  const status = given.status ?? 'SCHEDULED'
  await insert(school.database('calendar'), 'lessons', {
    id,
    ...time,
    status,
    teacher_telegram_id: by,
    title: 'Lea’s exam',
    description: 'Lea’s essay',
    location: 'at Lea’s',
    meeting_url: 'https://meet.example/lea',
    cancel_reason: status === 'CANCELLED' ? 'Lea is ill' : null,
    timezone: 'UTC',
    group_id: given.group_id ?? null,
    series_id: given.series_id ?? null,
    original_starts_at: given.series_id ? starts_at : null,
  })
  if (students.length > 0) {
    await insert(
      school.database('calendar'),
      'lesson_participants',
      ...students.map((student_telegram_id) => ({
        lesson_id: id,
        lesson_status: status,
        ...time,
        student_telegram_id,
      })),
    )
  }
  return id
}

async function erase(telegramId: bigint): Promise<Record<string, number>> {
  const mutation = 'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }'
  const { data, errors } = await school.ask('calendar', as.service('auth'), mutation, {
    id: telegramId,
  })
  expect(errors).toBeUndefined()
  expect(data.erasePersonData.isDone).toBe(true)
  return data.erasePersonData.rows
}

async function lesson(id: string) {
  const { rows } = await school.database('calendar').owner.query(
    `SELECT status, title, description, location, meeting_url, cancel_reason,
       cancelled_at IS NOT NULL AS called_off,
       (SELECT coalesce(array_agg(student_telegram_id::text ORDER BY student_telegram_id), '{}')
        FROM lesson_participants WHERE lesson_id = l.id) AS students
     FROM lessons l WHERE id = $1`,
    [id],
  )
  return rows[0]
}

const words = {
  title: 'Lea’s exam',
  description: 'Lea’s essay',
  location: 'at Lea’s',
  meeting_url: 'https://meet.example/lea',
}
const noWords = {
  title: 'Lesson',
  description: null,
  location: null,
  meeting_url: null,
  cancel_reason: null,
}
const text = String

test('lessons to come lose the student; those for this student alone are called off', async () => {
  const alone = await plan({ hours: 2, students: [lea] })
  const withMax = await plan({ hours: 4, students: [lea, max] })
  const withGroup = await plan({ hours: 6, students: [lea], group_id: group })
  const calledOff = await plan({ hours: 8, students: [lea], status: 'CANCELLED' })
  expect(await erase(lea)).toMatchObject({ lesson_participants: 4, lessons: 2 })
  expect(await lesson(alone)).toMatchObject({
    status: 'CANCELLED',
    called_off: true,
    students: [],
    ...noWords,
  })
  expect(await lesson(withMax)).toMatchObject({
    status: 'SCHEDULED',
    students: [text(max)],
    ...words,
  })
  expect(await lesson(withGroup)).toMatchObject({ status: 'SCHEDULED', students: [], ...words })
  expect(await lesson(calledOff)).toMatchObject({ status: 'CANCELLED', ...noWords })
})

test('lessons that have begun keep who was there; the words go where nobody else was', async () => {
  const underWay = await plan({ hours: -0.5, students: [lea, max] })
  const over = await plan({ hours: -3, students: [lea], status: 'COMPLETED' })
  const cancelled = await plan({ hours: -6, students: [lea], status: 'CANCELLED' })
  expect(await erase(lea)).toMatchObject({ lesson_participants: 0, lessons: 2 })
  expect(await lesson(underWay)).toMatchObject({
    status: 'SCHEDULED',
    students: [text(lea), text(max)],
    ...words,
  })
  expect(await lesson(over)).toMatchObject({
    status: 'COMPLETED',
    students: [text(lea)],
    ...noWords,
  })
  expect(await lesson(cancelled)).toMatchObject({ students: [text(lea)], ...noWords })
})

test('a series for this student alone ends without its words, another goes on', async () => {
  const series = (by: bigint) => ({
    id: randomUUID(),
    teacher_telegram_id: by,
    title: 'Lea’s exam',
    description: 'Lea’s essay',
    local_start: '2027-01-01T18:00:00',
    timezone: 'UTC',
    duration_minutes: 60,
    rrule: 'FREQ=WEEKLY',
  })
  const [own, shared] = [series(teacher), series(teacher)]
  await insert(school.database('calendar'), 'lesson_series', own, shared)
  await plan({ hours: 2, students: [lea], series_id: own.id })
  await plan({ hours: 4, students: [lea], series_id: shared.id })
  await plan({ hours: 6, students: [lea, ivo], series_id: shared.id })
  expect(await erase(lea)).toMatchObject({ lesson_series: 1 })
  const { rows } = await school
    .database('calendar')
    .owner.query('SELECT id, title, description, until FROM lesson_series')
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({
    id: own.id,
    title: 'Lesson',
    description: null,
    until: new Date(at(0)),
  })
  expect(rows).toContainEqual({
    id: shared.id,
    title: 'Lea’s exam',
    description: 'Lea’s essay',
    until: null,
  })
})

test('a teacher’s lessons to come are called off for everybody; others’ are not touched', async () => {
  const coming = await plan({ hours: 2, students: [lea, max] })
  const over = await plan({ hours: -3, students: [lea], status: 'COMPLETED' })
  const others = await plan({ hours: 4, students: [lea], by: otherTeacher })
  const rows = await erase(teacher)
  expect(rows).toMatchObject({ lessons: 2, lesson_participants: 0 })
  expect(await lesson(coming)).toMatchObject({
    status: 'CANCELLED',
    called_off: true,
    students: [text(lea), text(max)],
    title: 'Lea’s exam',
    location: null,
    meeting_url: null,
  })
  expect(await lesson(over)).toMatchObject({ status: 'COMPLETED', location: null })
  expect(await lesson(others)).toMatchObject({ status: 'SCHEDULED', ...words })
})

test('erasing twice finds nothing the second time', async () => {
  await plan({ hours: 2, students: [lea] })
  await plan({ hours: -3, students: [lea] })
  for (const person of [lea, teacher]) {
    await erase(person)
    expect(Object.values(await erase(person)).every((count) => count === 0)).toBe(true)
  }
})

test('who is erased at once with others of the same lessons does not wait in vain', async () => {
  const classmates = Array.from({ length: 8 }, (_, n) => 800n + BigInt(n))
  for (let n = 0; n < 10; n++) await plan({ hours: 2 + 2 * n, students: [...classmates] })
  const rows = await Promise.all([...classmates, teacher].map(erase))
  expect(rows.slice(0, -1).map((counts) => counts.lesson_participants)).toEqual(Array(8).fill(10))
})
