import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clear, lea, max, plan, span, startCalendar, teacher } from './fixture.ts'

/** A fetch of the gateway costs one SQL statement, and one more where a teacher is judged. */
let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const groupId = '01930000-0000-7000-8000-00000000000a'
const crowd = (size: number) => Array.from({ length: size }, (_, i) => teacher + 1000n + BigInt(i))
const fields = `id startsAt status title group { id } teacher { telegramId } series { rrule }
  participants { response attendance { status } student { telegramId } }`

/** What the gateway sends for `user { lessons }` and its kind. */
const lessonsOf = (type: string, viewer: Viewer, keys: Record<string, unknown>[]) =>
  school.ask(
    'calendar',
    viewer,
    `query ($keys: [_Any!]!, $from: DateTime!, $to: DateTime!) {
      _entities(representations: $keys) { ... on ${type} { lessons(from: $from, to: $to) { ${fields} } } }
    }`,
    { keys: keys.map((key) => ({ __typename: type, ...key })), ...span },
  )

/** Statements of an act that gets `found` lessons for each key. */
async function count(act: () => ReturnType<typeof lessonsOf>, found: number): Promise<number> {
  const statements = await school.statements('calendar', async () => {
    const answer = await act()
    expect(answer.errors).toBeUndefined()
    for (const { lessons } of answer.data._entities) expect(lessons).toHaveLength(found)
  })
  return statements.length
}

test.each([5, 100])('a lesson with %i participants', async (size) => {
  const id = await plan(school, { hour: 1, students: crowd(size), marked: crowd(size) })
  const user = { telegramId: teacher }
  expect(await count(() => lessonsOf('User', as.teacher(teacher), [user]), 1)).toBe(1)
  expect(await count(() => lessonsOf('Teacher', as.admin(), [user]), 1)).toBe(1)
  const statements = await school.statements('calendar', () =>
    school.ask('calendar', as.teacher(teacher), `{ lesson(id: "${id}") { ${fields} } }`),
  )
  expect(statements).toHaveLength(1)
})

test.each([5, 100])('%i lessons', async (size) => {
  const columns = { group_id: groupId }
  for (let hour = 1; hour <= size; hour++) {
    await plan(school, { hour, students: [lea, max], columns })
  }
  const user = { telegramId: lea }
  expect(await count(() => lessonsOf('User', as.student(lea), [user]), size)).toBe(1)
  expect(await count(() => lessonsOf('Group', as.student(lea), [{ id: groupId }]), size)).toBe(1)
  expect(await count(() => lessonsOf('User', as.teacher(teacher), [user]), size)).toBe(2)
  expect(await count(() => lessonsOf('Student', as.teacher(teacher), [user]), size)).toBe(2)
})

test('working hours and absences of many teachers have one SQL text for any number', async () => {
  const ask = (...telegramIds: bigint[]) =>
    school.statements('calendar', () =>
      school.ask(
        'calendar',
        as.student(lea),
        `query ($keys: [_Any!]!, $from: DateTime!, $to: DateTime!) {
          _entities(representations: $keys) {
            ... on Teacher { schedules { id } absences(from: $from, to: $to) { id } }
          }
        }`,
        { keys: telegramIds.map((telegramId) => ({ __typename: 'Teacher', telegramId })), ...span },
      ),
    )
  const two = await ask(...crowd(2))
  expect(two).toHaveLength(2)
  expect(new Set(await ask(...crowd(50)))).toEqual(new Set(two))
})

test.each([5, 50])('lessons of %i people', async (size) => {
  for (const [hour, student] of crowd(size).entries()) {
    await plan(school, { hour, students: [student] })
  }
  const users = crowd(size).map((telegramId) => ({ telegramId }))
  expect(await count(() => lessonsOf('User', as.teacher(teacher), users), 1)).toBe(2)
  expect(await count(() => lessonsOf('User', as.admin(), users), 1)).toBe(1)
})
