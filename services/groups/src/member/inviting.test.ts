import { randomUUID } from 'node:crypto'
import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { insertGroup, releaseTogether } from '../group/fixture.ts'

const anna = 1_099_511_627_777n
const boris = 1_099_511_627_778n

let school: TestSchool
let group: string
/** Another teacher for each test: who taught whom before must not count. */
let tanya = 4_294_967_301n
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'students'] })
  const rows = [anna, boris].map((telegram_id) => ({ telegram_id, timezone: 'UTC' }))
  await insert(school.database('students'), 'students', ...rows)
})
beforeEach(async () => {
  tanya++
  group = await insertGroup(school, { teacher_telegram_id: tanya, status: 'OPEN' })
})
afterAll(() => school.close())

const add = `mutation ($input: AddGroupMemberInput!) { addGroupMember(input: $input) { member { id status joinedAt } } }`
const change = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status } } }`
const respond = `mutation ($input: RespondToGroupInvitationInput!) { respondToGroupInvitation(input: $input) { member { status waitingPosition joinedAt leftAt group { freeSeats } } } }`

const refusal = (answer: Answer) => answer.errors?.[0]?.extensions
const addAs = (viewer: ReturnType<typeof as.admin>, studentTelegramId: bigint, more = {}) =>
  school.ask('groups', viewer, add, { input: { groupId: group, studentTelegramId, ...more } })
const invite = async (student: bigint): Promise<string> =>
  (await addAs(as.teacher(tanya), student)).data?.addGroupMember.member.id
const alter = (id: string, status: string, viewer = as.teacher(tanya)) =>
  school.ask('groups', viewer, change, { input: { id, status } })
const answer = (memberId: string, accept: boolean, viewer = as.student(anna)) =>
  school.ask('groups', viewer, respond, { input: { memberId, accept } })
const taught = async () => {
  const question = `query ($t: TelegramID!, $s: [TelegramID!]!) { taughtStudents(teacherTelegramId: $t, studentTelegramIds: $s) }`
  const variables = { t: tanya, s: [anna, boris] }
  return (await school.ask('groups', as.service('auth'), question, variables)).data?.taughtStudents
}

describe('a teacher makes nobody their student', () => {
  test('they invite, whether they say so or not', async () => {
    const said = await addAs(as.teacher(tanya), anna, { status: 'INVITED' })
    const unsaid = await addAs(as.teacher(tanya), boris)
    for (const { data } of [said, unsaid]) {
      expect(data?.addGroupMember.member).toMatchObject({ status: 'INVITED', joinedAt: null })
    }
    expect(await taught()).toEqual([])
  })

  test.each(['ACTIVE', 'WAITLISTED'])('they may not begin a stay as %s', async (status) => {
    expect(refusal(await addAs(as.teacher(tanya), anna, { status }))).toEqual({ code: 'FORBIDDEN' })
  })

  test.each(['ACTIVE', 'PAUSED', 'WAITLISTED', 'COMPLETED', 'LEFT'])(
    'they may not turn an invitation into %s',
    async (status) => {
      const id = await invite(anna)
      expect(refusal(await alter(id, status))).toEqual({ code: 'FORBIDDEN' })
      expect(await taught()).toEqual([])
    },
  )

  test('they may take an invitation back; then it holds no longer', async () => {
    const id = await invite(anna)
    expect((await alter(id, 'REMOVED')).data?.updateGroupMember.member.status).toBe('REMOVED')
    expect(refusal(await answer(id, true))).toMatchObject({ reason: 'STAY_ENDED' })
  })

  test('an administrator seats people directly', async () => {
    const { data } = await addAs(as.admin(), anna)
    expect(data?.addGroupMember.member.status).toBe('ACTIVE')
    const invited = await invite(boris)
    expect(refusal(await alter(invited, 'ACTIVE', as.admin()))).toMatchObject({
      reason: 'GROUP_FULL',
    })
  })
})

describe('the invited student', () => {
  test('finds what to answer among their own pending stays; nobody else does', async () => {
    const id = await invite(anna)
    const pending = (viewer: ReturnType<typeof as.admin>) =>
      school.ask(
        'groups',
        viewer,
        `query ($who: [_Any!]!) { _entities(representations: $who) { ... on Student { pendingStays { id status group { name } } } } }`,
        { who: [{ __typename: 'Student', telegramId: String(anna) }] },
      )
    const { data } = await pending(as.student(anna))
    expect(data?._entities[0].pendingStays).toContainEqual({
      id,
      status: 'INVITED',
      group: { name: expect.any(String) },
    })
    for (const viewer of [as.student(boris), as.teacher(tanya)]) {
      expect(refusal(await pending(viewer))).toEqual({ code: 'FORBIDDEN' })
    }
  })

  test('takes the seat that is free, and is taught from then on', async () => {
    const { data } = await answer(await invite(anna), true)
    expect(data?.respondToGroupInvitation.member).toEqual({
      status: 'ACTIVE',
      waitingPosition: null,
      joinedAt: expect.any(String),
      leftAt: null,
      group: { freeSeats: 0 },
    })
    expect(await taught()).toEqual([String(anna)])
  })

  test('waits at the end of the list when none is free, taught by nobody', async () => {
    await addAs(as.admin(), boris)
    const { data } = await answer(await invite(anna), true)
    expect(data?.respondToGroupInvitation.member).toMatchObject({
      status: 'WAITLISTED',
      waitingPosition: 1,
      joinedAt: null,
    })
    expect(await taught()).toEqual([String(boris)])
  })

  test('of two who take the last seat at once, one gets it and one waits', async () => {
    const [first, second] = [await invite(anna), await invite(boris)]
    const answers = await Promise.all([
      answer(first, true),
      answer(second, true, as.student(boris)),
    ])
    const states = answers.map(({ data }) => data?.respondToGroupInvitation.member.status)
    expect(states.sort()).toEqual(['ACTIVE', 'WAITLISTED'])
  })

  test('declines, and can be invited again', async () => {
    const id = await invite(anna)
    expect((await answer(id, false)).data?.respondToGroupInvitation.member).toMatchObject({
      status: 'LEFT',
      leftAt: expect.any(String),
    })
    expect(refusal(await answer(id, true))).toMatchObject({ reason: 'STAY_ENDED' })
    expect(await invite(anna)).toEqual(expect.any(String))
  })

  test('answers once', async () => {
    const id = await invite(anna)
    await answer(id, true)
    expect(refusal(await answer(id, false))).toMatchObject({ reason: 'INVITATION_ANSWERED' })
  })

  test('joins nothing that is being prepared, but may still decline', async () => {
    const id = await invite(anna)
    const { owner } = school.database('groups')
    await owner.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
      UPDATE groups SET status = 'DRAFT' WHERE id = '${group}'; COMMIT`)
    expect(refusal(await answer(id, true))).toMatchObject({ reason: 'GROUP_CLOSED' })
    expect((await answer(id, false)).errors).toBeUndefined()
  })

  test('is invited no more when the group is called off', async () => {
    const id = await invite(anna)
    await school.ask(
      'groups',
      as.teacher(tanya),
      `mutation { updateGroup(input: { id: "${group}", status: ARCHIVED }) { group { id } } }`,
    )
    expect(refusal(await answer(id, true))).toMatchObject({ reason: 'STAY_ENDED' })
  })

  test('may decline twice, and as a teacher, too', async () => {
    const id = await invite(anna)
    const first = await answer(id, false, as.teacher(anna))
    expect(first.data?.respondToGroupInvitation.member.status).toBe('LEFT')
    expect(await answer(id, false)).toEqual(first)
  })

  test('who says yes and no at once has said one of them', async () => {
    const id = await invite(anna)
    const answers = await releaseTogether(school.database('groups'), group, () =>
      [true, false, true, false].map((accept) => answer(id, accept)),
    )
    const states = answers.map(({ data }) => data?.respondToGroupInvitation.member.status)
    expect(new Set(states.filter(Boolean)).size).toBe(1)
  })

  test.each([
    ['another student', as.student(boris), 'FORBIDDEN'],
    ['a teacher', as.teacher(boris), 'FORBIDDEN'],
    ['an administrator', as.admin(), 'FORBIDDEN'],
    ['the student, once a teacher', as.teacher(anna), 'FORBIDDEN'],
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ])('is answered for by themselves alone, not by %s', async (_, viewer, code) => {
    for (const id of [await invite(anna), randomUUID()]) {
      expect(refusal(await answer(id, true, viewer))).toEqual({ code })
    }
  })
})
