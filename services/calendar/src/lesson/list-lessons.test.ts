import { as, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { clear, lea, otherTeacher, plan, span, startCalendar, teacher } from './fixture.ts'

const groupId = '01930000-0000-7000-8000-00000000000a'

let school: TestSchool
beforeAll(async () => {
  school = await startCalendar()
})
afterAll(() => school.close())
beforeEach(() => clear(school))

const codes = (answer: { errors?: { extensions: { code: string } }[] }) =>
  answer.errors?.map((error) => error.extensions.code)
const list = (viewer: Viewer, args: Record<string, unknown> = {}) =>
  school.ask(
    'calendar',
    viewer,
    `query ($filter: LessonFilter, $from: DateTime!, $to: DateTime!, $first: Int, $after: String) {
      lessons(filter: $filter, from: $from, to: $to, first: $first, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor }
      }
    }`,
    { ...span, ...args },
  )
const ids = (answer: { data?: { lessons: { nodes: { id: string }[] } } }) =>
  answer.data?.lessons.nodes.map((node) => node.id)

test('teachers get their own, administrators all', async () => {
  const own = await plan(school, { hour: 1, columns: { group_id: groupId } })
  const done = await plan(school, { hour: -3, columns: { status: 'COMPLETED' } })
  const foreign = await plan(school, { hour: 1, teacher: otherTeacher, students: [teacher] })
  expect(ids(await list(as.teacher(teacher)))).toEqual([done, own])
  expect(new Set(ids(await list(as.admin())))).toEqual(new Set([done, own, foreign]))
  const filtered = (filter: object) => list(as.admin(), { filter })
  expect(ids(await filtered({ teacherTelegramId: otherTeacher }))).toEqual([foreign])
  expect(ids(await filtered({ groupId }))).toEqual([own])
  expect(ids(await filtered({ status: ['COMPLETED', 'MISSED'] }))).toEqual([done])
  const other = await list(as.teacher(teacher), { filter: { teacherTelegramId: otherTeacher } })
  expect(codes(other)).toEqual(['FORBIDDEN'])
  expect(codes(await list(as.student(lea)))).toEqual(['FORBIDDEN'])
  expect(codes(await list(as.service('groups')))).toEqual(['FORBIDDEN'])
  expect(codes(await list(as.anonymous))).toEqual(['UNAUTHENTICATED'])
})

test('pages follow each other without gap or repetition', async () => {
  const planned = []
  for (const hour of [1, 2, 3]) planned.push(await plan(school, { hour }))
  const first = await list(as.teacher(teacher), { first: 2 })
  expect(first.data.lessons.pageInfo.hasNextPage).toBe(true)
  const after = first.data.lessons.pageInfo.endCursor
  const second = await list(as.teacher(teacher), { first: 2, after })
  expect(second.data.lessons.pageInfo.hasNextPage).toBe(false)
  expect([...(ids(first) ?? []), ...(ids(second) ?? [])]).toEqual(planned)
})
