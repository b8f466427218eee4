import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertGroup, tanya } from '../group/fixture.ts'

const students = Array.from({ length: 200 }, (_, index) => 1_099_511_627_777n + BigInt(index))

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'students'] })
  const rows = students.map((telegram_id) => ({ telegram_id }))
  await insert(school.database('students'), 'students', ...rows)
})
afterAll(() => school.close())

const create = `mutation ($input: CreateGroupInvitationInput!) { createGroupInvitation(input: $input) { token } }`
const accept = `mutation ($input: AcceptGroupInvitationInput!) { acceptGroupInvitation(input: $input) { member { id status waitingPosition } } }`

/** A link to a group with ten seats. */
async function insertLink(maxUses: number) {
  const groupId = await insertGroup(school, { capacity: 10, status: 'OPEN' })
  const input = { groupId, maxUses }
  const { data } = await school.ask('groups', as.teacher(tanya), create, { input })
  return { groupId, token: data?.createGroupInvitation.token as string }
}

/** Everybody at once, each `times` times. */
async function press(token: string, times = 1): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: times }, () => students)
      .flat()
      .map((student) => school.ask('groups', as.student(student), accept, { input: { token } })),
  )
}
const stayIn = ({ data }: Answer) => data?.acceptGroupInvitation.member
const countBy = (values: string[]) =>
  Object.fromEntries(
    [...Map.groupBy(values, (value) => value)].map(([key, all]) => [key, all.length]),
  )
async function usedCount(groupId: string) {
  const { rows } = await school
    .database('groups')
    .owner.query('SELECT used_count FROM group_invitations WHERE group_id = $1', [groupId])
  return rows[0].used_count
}

test('200 students press a link for 10 seats at once: 10 are in, 190 wait in order', async () => {
  const { groupId, token } = await insertLink(200)
  const answers = await press(token)
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  const stays = answers.map(stayIn)
  expect(countBy(stays.map(({ status }) => status))).toEqual({ ACTIVE: 10, WAITLISTED: 190 })
  const places = stays.flatMap(({ waitingPosition }) => waitingPosition ?? [])
  expect(places.sort((a, b) => a - b)).toEqual(Array.from({ length: 190 }, (_, index) => index + 1))
  expect(await usedCount(groupId)).toBe(200)

  const { rows } = await school.database('groups').owner.query(
    `SELECT waiting_position AS place FROM group_members
     WHERE group_id = $1 AND status = 'WAITLISTED' ORDER BY created_at, id`,
    [groupId],
  )
  expect(rows.map(({ place }) => place)).toEqual(places)
})

test('everybody pressing twice at once comes in once', async () => {
  const { groupId, token } = await insertLink(200)
  const answers = await press(token, 2)
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  const [first, second] = [answers.slice(0, 200), answers.slice(200)]
  expect(second.map((answer) => stayIn(answer).id)).toEqual(
    first.map((answer) => stayIn(answer).id),
  )
  expect(await usedCount(groupId)).toBe(200)
})

test('of 200 with a link for 50, 50 are in or wait, and 150 are told that it is used up', async () => {
  const { groupId, token } = await insertLink(50)
  const answers = await press(token)
  const refused = answers.flatMap(({ errors }) => errors ?? [])
  expect(countBy(refused.map(({ extensions }) => extensions.reason))).toEqual({
    INVITATION_USED_UP: 150,
  })
  const stays = answers.flatMap((answer) => stayIn(answer) ?? [])
  expect(countBy(stays.map(({ status }) => status))).toEqual({ ACTIVE: 10, WAITLISTED: 40 })
  expect(await usedCount(groupId)).toBe(50)
})
