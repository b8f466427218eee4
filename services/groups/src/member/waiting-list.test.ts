import { randomUUID } from 'node:crypto'
import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { insertGroup, tanya } from '../group/fixture.ts'

const students = [11n, 12n, 13n, 14n, 15n]

let school: TestSchool
let group: string
let stays: string[]
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
})
beforeEach(async () => {
  group = await insertGroup(school, { capacity: 3 })
  stays = students.map(() => randomUUID())
  await insert(
    school.database('groups'),
    'group_members',
    ...students.map((student_telegram_id, index) => ({
      id: stays[index],
      group_id: group,
      student_telegram_id,
      status: 'WAITLISTED',
      waiting_position: index + 1,
    })),
  )
})
afterAll(() => school.close())

const change = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status waitingPosition } } }`
const alter = (index: number, status: string) =>
  school.ask('groups', as.teacher(tanya), change, { input: { id: stays[index], status } })

/** Who waits, in order, each with their place. */
async function line() {
  const { rows } = await school.database('groups').owner.query(
    `SELECT student_telegram_id::int AS student, waiting_position AS place FROM group_members
     WHERE group_id = $1 AND status = 'WAITLISTED' ORDER BY waiting_position`,
    [group],
  )
  return rows.map(({ student, place }) => [place, student])
}

test.each(['ACTIVE', 'PAUSED', 'REMOVED', 'LEFT'])(
  'who goes on to be %s lets everybody behind move up, and nobody before',
  async (status) => {
    expect((await alter(1, status)).errors).toBeUndefined()
    expect(await line()).toEqual([
      [1, 11],
      [2, 13],
      [3, 14],
      [4, 15],
    ])
  },
)

test('who waits already keeps the place', async () => {
  const { data } = await alter(1, 'WAITLISTED')
  expect(data?.updateGroupMember.member).toEqual({ status: 'WAITLISTED', waitingPosition: 2 })
  expect(await line()).toHaveLength(5)
})

test('of two who leave the line at once, both gaps are closed', async () => {
  const answers = await Promise.all([alter(0, 'ACTIVE'), alter(2, 'REMOVED')])
  expect(answers.filter(({ errors }) => errors)).toEqual([])
  expect(await line()).toEqual([
    [1, 12],
    [2, 14],
    [3, 15],
  ])
})

test('three at once get the seats, one is told that it is full, and the line has no gap', async () => {
  const answers = await Promise.all([0, 1, 2, 3].map((index) => alter(index, 'ACTIVE')))
  const refusals = answers.flatMap(({ errors }) => errors ?? [])
  expect(refusals.map(({ extensions }) => extensions.reason)).toEqual(['GROUP_FULL'])
  expect((await line()).map(([place]) => place)).toEqual([1, 2])
})

test('moving up is a change like another: it is audited, and versions rise', async () => {
  await insert(
    school.database('groups'),
    'group_members',
    ...[21n, 22n, 23n].map((student_telegram_id) => ({
      group_id: group,
      student_telegram_id,
      status: 'ACTIVE',
      joined_at: new Date(),
    })),
  )
  await alter(0, 'REMOVED')
  const { rows } = await school.database('groups').owner.query(
    `SELECT actor, before->'waiting_position' AS old, after->'waiting_position' AS new,
       after->'version' AS version
     FROM audit_log WHERE row_id = $1 AND action = 'UPDATE'`,
    [stays[1]],
  )
  expect(rows).toEqual([{ actor: `user:${tanya}`, old: 2, new: 1, version: 2 }])
})
