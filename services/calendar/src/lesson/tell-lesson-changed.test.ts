import { randomUUID } from 'node:crypto'
import { as, insert, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { at, clear, enrol, lea, now, plan, rows, startCalendar, teacher } from './fixture.ts'

const group = randomUUID()

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar('teachers', 'students', 'groups')
  await enrol(school, [{ id: group, status: 'RUNNING' }])
})
afterAll(() => school.close())
beforeEach(() => clear(school))

async function change(name: string, input: object, viewer: Viewer = as.teacher(teacher)) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`
  return school.ask(
    'calendar',
    viewer,
    `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`,
    { input },
  )
}
const told = () =>
  rows(
    school,
    `SELECT type, aggregate_type || '/' || aggregate_id AS about, person_telegram_id AS person,
       actor, occurred_at AS at, payload FROM outbox_events ORDER BY sequence`,
  )
const versionsTold = async () =>
  (await told()).map(({ payload }) => [payload.id, payload.status, payload.version])
const versions = async () =>
  (await rows(school, 'SELECT id, status, version FROM lessons WHERE version > 1 ORDER BY id')).map(
    ({ id, status, version }) => [id, status, version],
  )

test('a lesson that is planned is told of, without its words', async () => {
  const words = { title: 'Lea, exam', place: 'at Lea’s', meetingUrl: 'https://meet.example/lea' }
  const times = { startsAt: at(1), endsAt: at(2), timezone: 'Europe/London' }
  const input = { ...words, ...times, groupId: group, idempotencyKey: 'k' }
  for (let attempt = 0; attempt < 2; attempt++) {
    expect((await change('createLesson', input)).errors).toBeUndefined()
  }
  const [lesson] = await rows(school, 'SELECT id, created_at FROM lessons')
  expect(await told()).toEqual([
    {
      type: 'calendar.lesson-changed',
      about: `lesson/${lesson?.id}`,
      person: null,
      actor: `user:${teacher}`,
      at: now,
      payload: {
        ...times,
        id: lesson?.id,
        groupId: group,
        teacherTelegramId: String(teacher),
        status: 'SCHEDULED',
        createdAt: lesson?.created_at.toISOString(),
        version: 1,
      },
    },
  ])
})

test('each change is told of with its version, and nothing of what was refused', async () => {
  const id = await plan(school, { hour: 5 })
  await plan(school, { hour: 8 })
  await change('updateLesson', { id, title: 'Verbs' })
  await change('updateLesson', { id, startsAt: at(8.5), endsAt: at(9.5) })
  await change('updateLesson', { id, title: 'Nouns', expectedVersion: 1 })
  await change('updateLesson', { id, startsAt: at(6), endsAt: at(7) })
  await change('cancelLesson', { id, reason: 'Lea is ill' })
  await change('cancelLesson', { id })
  expect(await versionsTold()).toEqual([
    [id, 'SCHEDULED', 2],
    [id, 'SCHEDULED', 3],
    [id, 'CANCELLED', 4],
  ])
  expect((await told()).map(({ payload }) => payload.startsAt)).toEqual([at(5), at(6), at(6)])
})

test('an erasure tells of each lesson that it changed, once, as it is then', async () => {
  const columns = { location: 'at the teacher’s', title: 'Lea, exam' }
  await plan(school, { hour: 1, students: [lea], columns })
  await plan(school, { hour: 3, columns: { ...columns, group_id: group } })
  await plan(school, { hour: -3, columns })
  await plan(school, { hour: -6 })
  for (const person of [lea, teacher]) {
    await rows(school, 'TRUNCATE outbox_events CASCADE')
    const before = await versions()
    const { errors } = await school.ask(
      'calendar',
      as.service('auth'),
      'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }',
      { id: person },
    )
    expect(errors).toBeUndefined()
    const changed = (await versions()).filter(
      (row) => !before.some((earlier) => String(earlier) === String(row)),
    )
    expect(changed).toHaveLength(person === lea ? 1 : 2)
    expect((await versionsTold()).sort()).toEqual(changed)
  }
})

test('500 lessons of a teacher who is erased are told of in as many statements as two', async () => {
  const erase = async (teacher_telegram_id: bigint, size: number) => {
    const lessons = Array.from({ length: size }, (_, hour) => ({
      id: randomUUID(),
      teacher_telegram_id,
      title: 'Lesson',
      timezone: 'UTC',
      starts_at: at(hour + 1),
      ends_at: at(hour + 2),
    }))
    await insert(school.database('calendar'), 'lessons', ...lessons)
    const statements = await school.statements('calendar', () =>
      school.ask(
        'calendar',
        as.service('auth'),
        'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }',
        { id: teacher_telegram_id },
      ),
    )
    return statements.length
  }
  expect(await erase(7n, 500)).toBe(await erase(8n, 2))
  expect(await told()).toHaveLength(502)
})
