import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertGroupWithStays, refusal, sam, students, tanya } from './fixture.ts'

let school: TestSchool
let group: string
let other: string
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
  group = await insertGroupWithStays(school)
  other = await insertGroupWithStays(school, 'FINISHED')
  const { active, paused, completed, left, removed, cameBack } = students
  await insertRecords(group, [
    [active, 'Tenses', null, 20, 1],
    [active, 'tenses', null, 60, 3],
    [paused, 'Tenses', null, 45, 2],
    [completed, 'Tenses', null, 100, 1],
    [left, 'Tenses', null, 0, 4],
    [removed, 'Tenses', null, 0, 4],
    [cameBack, 'Tenses', null, 0, 4],
    [null, 'Tenses', null, 10, 5],
    [active, 'Tenses', 'Past', 70, 6],
    [left, 'Left alone', null, 50, 7],
  ])
  await insertRecords(other, [[active, 'Greetings', null, 90, 2]])
})
afterAll(() => school.close())

type Entry = [
  student: bigint | null,
  unit: string,
  topic: string | null,
  percentage: number,
  day: number,
]

async function insertRecords(group_id: string, entries: Entry[]): Promise<void> {
  await insert(
    school.database('groups'),
    'group_progress',
    ...entries.map(([student_telegram_id, unit, topic, percentage, day]) => ({
      group_id,
      student_telegram_id,
      unit,
      topic,
      percentage,
      recorded_by_telegram_id: tanya,
      recorded_at: `2026-02-0${day}T10:00:00Z`,
    })),
  )
}

const ofGroups = (viewer: Viewer, ids: string[], selection: string) =>
  school.ask(
    'groups',
    viewer,
    `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Group { ${selection} } } }`,
    { keys: ids.map((id) => ({ __typename: 'Group', id })) },
  )
const summary =
  'progressSummary { nodes { unit topic averagePercentage studentCount lastRecordedAt } }'
const progressOf = async (student: bigint, args: string) => {
  const answer = await school.ask(
    'groups',
    as.student(student),
    `query ($keys: [_Any!]!) { _entities(representations: $keys) {
      ... on Student { progress${args} { nodes { unit percentage } pageInfo { endCursor } } } } }`,
    { keys: [{ __typename: 'Student', telegramId: String(student) }] },
  )
  expect(answer.errors).toBeUndefined()
  return answer.data?._entities[0].progress
}
const percentages = async (student: bigint, args: string) =>
  (await progressOf(student, args)).nodes.map((node: { percentage: number }) => node.percentage)

test('averages are of the latest record of each student who did not leave', async () => {
  const { data } = await ofGroups(as.teacher(tanya), [group, other], summary)
  expect(data?._entities.map((one: { progressSummary: object }) => one.progressSummary)).toEqual([
    {
      nodes: [
        {
          unit: 'Tenses',
          topic: 'Past',
          averagePercentage: 70,
          studentCount: 1,
          lastRecordedAt: '2026-02-06T10:00:00.000Z',
        },
        {
          unit: 'tenses',
          topic: null,
          averagePercentage: 68.3,
          studentCount: 3,
          lastRecordedAt: '2026-02-03T10:00:00.000Z',
        },
      ],
    },
    { nodes: [expect.objectContaining({ unit: 'Greetings', averagePercentage: 90 })] },
  ])
})

test.each([
  ['its teacher', as.teacher(tanya), undefined],
  ['an administrator', as.admin(), undefined],
  ['a program that may read students', as.machine('groups:read', 'students:read'), undefined],
  ['a program that may read groups', as.machine('groups:read'), 'FORBIDDEN'],
  ['a member', as.student(students.active), 'FORBIDDEN'],
  ['another student', as.student(students.outsider), 'FORBIDDEN'],
  ['another teacher', as.teacher(sam), 'FORBIDDEN'],
  ['a service', as.service('calendar'), 'FORBIDDEN'],
  ['nobody', as.anonymous, 'UNAUTHENTICATED'],
] as [string, Viewer, string | undefined][])('averages are read by %s', async (_, viewer, code) => {
  expect(refusal(await ofGroups(viewer, [group], summary))?.code).toBe(code)
})

test('the teacher reads a student’s records in the group, when both are over too', async () => {
  const progressIn = async (viewer: Viewer, student: bigint, ids: string[], args = '') =>
    ofGroups(
      viewer,
      ids,
      `studentProgress(studentTelegramId: "${student}"${args}) {
      nodes { percentage student { telegramId } } pageInfo { endCursor } }`,
    )
  const { active, left } = students
  const teacher = as.teacher(tanya)
  const percentagesIn = async (...args: Parameters<typeof progressIn>) =>
    (await progressIn(...args)).data?._entities.map(
      (one: { studentProgress: { nodes: { percentage: number }[] } }) =>
        one.studentProgress.nodes.map(({ percentage }) => percentage),
    )
  expect(await percentagesIn(teacher, active, [group, other])).toEqual([[70, 60, 20], [90]])
  expect(await percentagesIn(teacher, left, [group, other])).toEqual([[50, 0], []])
  const first = (await progressIn(teacher, active, [group], ', first: 2')).data?._entities[0]
  const after = `, after: "${first.studentProgress.pageInfo.endCursor}"`
  expect(await percentagesIn(as.admin(), active, [group], after)).toEqual([[20]])
  expect(
    await school.statements('groups', () => progressIn(teacher, active, [group, other])),
  ).toHaveLength(2)
  for (const viewer of [as.teacher(sam), as.student(active), as.machine('groups:read')]) {
    expect(refusal(await progressIn(viewer, active, [group]))?.code).toBe('FORBIDDEN')
  }
})

test('averages come in pages', async () => {
  const page = (after: string) =>
    ofGroups(
      as.admin(),
      [group],
      `progressSummary(first: 1${after}) { nodes { topic } pageInfo { hasNextPage endCursor } }`,
    )
  const first = (await page('')).data?._entities[0].progressSummary
  expect(first).toMatchObject({ nodes: [{ topic: 'Past' }], pageInfo: { hasNextPage: true } })
  const second = (await page(`, after: "${first.pageInfo.endCursor}"`)).data?._entities[0]
  expect(second.progressSummary).toMatchObject({
    nodes: [{ topic: null }],
    pageInfo: { hasNextPage: false },
  })
})

test('a student’s progress is followed in one group and over a time', async () => {
  const { active } = students
  expect(await percentages(active, '')).toEqual([70, 60, 90, 20])
  const inGroup = `groupId: "${group}"`
  expect(await percentages(active, `(${inGroup})`)).toEqual([70, 60, 20])
  expect(
    await percentages(active, `(from: "2026-02-02T10:00:00Z", to: "2026-02-06T10:00:00Z")`),
  ).toEqual([60, 90])
  const { pageInfo } = await progressOf(active, `(${inGroup}, first: 2)`)
  expect(await percentages(active, `(${inGroup}, after: "${pageInfo.endCursor}")`)).toEqual([20])
})

test('averages of many groups, and progress of many students, cost a statement each', async () => {
  const many = await Promise.all(Array.from({ length: 8 }, () => insertGroupWithStays(school)))
  await Promise.all(many.map((id) => insertRecords(id, [[students.active, 'Tenses', null, 50, 8]])))
  const statementsFor = (ids: string[]) =>
    school.statements('groups', () => ofGroups(as.admin(), ids, summary))
  const one = await statementsFor([group])
  expect(one).toHaveLength(2)
  expect(await statementsFor([group, other, ...many])).toEqual(one)

  const query = `query ($keys: [_Any!]!) { _entities(representations: $keys) {
    ... on Student { progress(groupId: "${group}", from: "2026-01-01T00:00:00Z") { nodes { unit } } } } }`
  const keys = Object.values(students).map((id) => ({
    __typename: 'Student',
    telegramId: String(id),
  }))
  expect(
    await school.statements('groups', () => school.ask('groups', as.admin(), query, { keys })),
  ).toHaveLength(1)
})
