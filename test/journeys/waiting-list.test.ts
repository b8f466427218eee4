import { randomUUID } from 'node:crypto'
import { type Answer, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const tanya = 4_294_967_301n
const anna = 1_099_511_627_777n
const boris = 1_099_511_627_778n
const clara = 1_099_511_627_779n

let school: TestSchool
let tokens: Map<bigint, string>
beforeAll(async () => {
  const services = ['auth', 'teachers', 'students', 'groups']
  school = await startSchool({ services, gateway: true, jobs: true })
  const students = [anna, boris, clara]
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: tanya, role: 'TEACHER', first_name: 'Tanya' },
    ...students.map((telegram_id) => ({ telegram_id, role: 'STUDENT', first_name: 'Student' })),
  )
  const profile = { telegram_id: tanya, timezone: 'UTC', status: 'ACTIVE' }
  await insert(school.database('teachers'), 'teachers', profile)
  const teaches = { language: 'en', proficiency: 'NATIVE', min_level: 'A1', max_level: 'C2' }
  await insert(school.database('teachers'), 'teacher_languages', {
    id: randomUUID(),
    teacher_telegram_id: tanya,
    ...teaches,
  })
  const rows = students.map((telegram_id) => ({ telegram_id, timezone: 'UTC' }))
  await insert(school.database('students'), 'students', ...rows)
  const signedIn = [tanya, ...students].map(async (id) => [id, await school.signIn(id)] as const)
  tokens = new Map(await Promise.all(signedIn))
})
afterAll(() => school.close())

async function say(who: bigint, operation: string, variables = {}): Promise<Answer['data']> {
  const answer = await school.query(tokens.get(who) ?? '', operation, variables)
  expect(answer.errors).toBeUndefined()
  return answer.data
}

const join = `mutation ($token: String!) { acceptGroupInvitation(input: { token: $token }) { member { id status } } }`
const mine = `{ me { student {
  pendingStays { id waitingPosition seatOffer { expiresAt } group { id name freeSeats } }
  enrollments { status } } } }`

test('a teacher opens a group, a seat comes free, and the line moves through the whole school', async () => {
  const created = await say(
    tanya,
    `mutation { createGroup(input: { name: "Evening English", language: "en", level: B1, capacity: 1 }) { group { id } } }`,
  )
  const id = created.createGroup.group.id
  await say(
    tanya,
    `mutation ($id: UUID!) { updateGroup(input: { id: $id, status: OPEN }) { group { id } } }`,
    {
      id,
    },
  )
  const invited = await say(
    tanya,
    `mutation ($id: UUID!) { createGroupInvitation(input: { groupId: $id, maxUses: 9 }) { token } }`,
    { id },
  )
  const { token } = invited.createGroupInvitation
  for (const student of [anna, boris, clara]) await say(student, join, { token })

  await say(
    anna,
    `mutation ($id: UUID!) { leaveGroup(input: { groupId: $id }) { member { status } } }`,
    { id },
  )
  const [offered] = (await say(boris, mine)).me.student.pendingStays
  expect(offered).toMatchObject({
    waitingPosition: 1,
    group: { name: 'Evening English', freeSeats: 0 },
  })
  expect(Date.parse(offered.seatOffer.expiresAt)).toBeGreaterThan(Date.now() + 11 * 3_600_000)
  const [next] = (await say(clara, mine)).me.student.pendingStays
  expect(next).toMatchObject({ waitingPosition: 2, seatOffer: null })

  const respond = `mutation ($id: UUID!, $yes: Boolean!) {
    respondToSeatOffer(input: { memberId: $id, accept: $yes }) { member { status } } }`
  await say(boris, respond, { id: offered.id, yes: false })
  const taken = await say(clara, respond, { id: next.id, yes: true })
  expect(taken.respondToSeatOffer.member.status).toBe('ACTIVE')

  const enrolled = async (who: bigint) => (await say(who, mine)).me.student.enrollments
  await expect.poll(() => enrolled(clara)).toEqual([{ status: 'ACTIVE' }])
  await expect.poll(() => enrolled(anna)).toEqual([{ status: 'LEFT' }])
  await expect.poll(() => enrolled(boris)).toEqual([{ status: 'WAITLISTED' }])
})
