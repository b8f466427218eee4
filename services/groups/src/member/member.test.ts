import { randomUUID } from 'node:crypto'
import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { insertGroup, tanya } from '../group/fixture.ts'

const sam = 4_294_967_302n
const students = Array.from({ length: 500 }, (_, index) => 1_099_511_627_777n + BigInt(index))
const [anna = 0n, boris = 0n] = students

let school: TestSchool
let group: string
beforeAll(async () => {
  school = await startSchool({ services: ['groups', 'students'] })
  const rows = students.map((telegram_id) => ({ telegram_id, timezone: 'UTC' }))
  await insert(school.database('students'), 'students', ...rows)
})
beforeEach(async () => {
  group = await insertGroup(school, { capacity: 3 })
})
afterAll(() => school.close())

const add = `mutation ($input: AddGroupMemberInput!) { addGroupMember(input: $input) { member { id status waitingPosition joinedAt student { telegramId } } } }`
const change = `mutation ($input: UpdateGroupMemberInput!) { updateGroupMember(input: $input) { member { status waitingPosition joinedAt leftAt } } }`
const join = (studentTelegramId: bigint, more = {}) =>
  school.ask('groups', as.admin(), add, {
    input: { groupId: group, studentTelegramId, ...more },
  })
const alter = (id: string, status: string, viewer = as.teacher(tanya)) =>
  school.ask('groups', viewer, change, { input: { id, status } })
const refusal = (answer: Answer) => answer.errors?.[0]?.extensions

describe('joining', () => {
  test('50 students at once for 3 seats: exactly 3 members, the others are told that it is full', async () => {
    const answers = await Promise.all(students.slice(0, 50).map((student) => join(student)))
    const full = { code: 'CONFLICT', reason: 'GROUP_FULL', conflictsWith: { capacity: 3 } }
    expect(answers.filter((answer) => !answer.errors)).toHaveLength(3)
    expect(answers.filter((answer) => answer.errors).map(refusal)).toEqual(Array(47).fill(full))
    const { rows } = await school
      .database('groups')
      .owner.query('SELECT status FROM group_members WHERE group_id = $1', [group])
    expect(rows).toEqual(Array(3).fill({ status: 'ACTIVE' }))
  })

  test('a student joins once, and again after leaving; both stays are kept', async () => {
    const first = await join(anna)
    expect(refusal(await join(anna))).toEqual({ code: 'CONFLICT', reason: 'ALREADY_MEMBER' })
    await alter(first.data?.addGroupMember.member.id, 'LEFT')
    expect((await join(anna)).data?.addGroupMember.member.status).toBe('ACTIVE')
    const { data } = await school.ask(
      'groups',
      as.admin(),
      `query ($id: UUID!) { group(id: $id) { members(status: [LEFT, ACTIVE]) { nodes { status } } } }`,
      { id: group },
    )
    expect(data?.group.members.nodes).toEqual([{ status: 'LEFT' }, { status: 'ACTIVE' }])
  })

  test('who is in already is told so, not that the group is full', async () => {
    group = await insertGroup(school, { capacity: 1 })
    await join(anna)
    expect(refusal(await join(anna))).toEqual({ code: 'CONFLICT', reason: 'ALREADY_MEMBER' })
    expect(refusal(await join(boris))).toMatchObject({ reason: 'GROUP_FULL' })
  })

  test('who waits has a place in the line', async () => {
    await join(anna, { status: 'WAITLISTED' })
    const { data } = await join(boris, { status: 'WAITLISTED' })
    expect(data?.addGroupMember.member).toMatchObject({ waitingPosition: 2, joinedAt: null })
  })

  test('a retry with the same key gets the first answer, whatever happened since', async () => {
    const joinOnce = () => join(anna, { idempotencyKey: 'once' })
    const answers = await Promise.all(Array.from({ length: 5 }, joinOnce))
    await alter(answers[0]?.data?.addGroupMember.member.id, 'LEFT')
    const { owner } = school.database('groups')
    await owner.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
      UPDATE groups SET status = 'FINISHED' WHERE id = '${group}'; COMMIT`)
    const restart = await school.stop('students')
    try {
      answers.push(await joinOnce())
    } finally {
      await restart()
    }
    const ids = new Set(answers.map((answer) => answer.data?.addGroupMember.member.id))
    expect([...ids]).toEqual([expect.any(String)])
  })

  test.each([
    [
      'somebody who is no student',
      { studentTelegramId: 77n },
      { field: 'input.studentTelegramId' },
    ],
    ['a state to begin with that is none', { status: 'LEFT' }, { field: 'input.status' }],
  ])('%s is refused', async (_, wrong, expected) => {
    expect(refusal(await join(anna, wrong))).toEqual({ code: 'BAD_USER_INPUT', ...expected })
  })

  test.each([
    ['another teacher', as.teacher(sam), 'FORBIDDEN'],
    ['a student', as.student(anna), 'FORBIDDEN'],
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ])('%s may not add members', async (_, viewer, code) => {
    for (const groupId of [group, randomUUID()]) {
      const input = { groupId, studentTelegramId: 77n }
      expect(refusal(await school.ask('groups', viewer, add, { input }))).toEqual({ code })
    }
  })

  test('administrators are told that a group is not there', async () => {
    expect(refusal(await join(anna, { groupId: randomUUID() }))).toEqual({ code: 'NOT_FOUND' })
  })

  test.each([
    ['a draft', 'a teacher', 'DRAFT', as.teacher(tanya), 'GROUP_CLOSED'],
    ['a draft', 'an administrator', 'DRAFT', as.admin(), undefined],
    ['an open group', 'a teacher', 'OPEN', as.teacher(tanya), undefined],
    ['a finished group', 'a teacher', 'FINISHED', as.teacher(tanya), 'GROUP_CLOSED'],
    ['an archived group', 'an administrator', 'ARCHIVED', as.admin(), 'GROUP_CLOSED'],
  ])('into %s, by %s', async (_, __, status, viewer, reason) => {
    const groupId = await insertGroup(school, { capacity: 3, status })
    const input = { groupId, studentTelegramId: anna }
    const answer = await school.ask('groups', viewer, add, { input })
    expect(refusal(answer)?.reason).toBe(reason)
  })

  test('while students is away nobody joins', async () => {
    const restart = await school.stop('students')
    try {
      expect(refusal(await join(anna))).toEqual({
        code: 'SERVICE_UNAVAILABLE',
        service: 'students',
      })
    } finally {
      await restart()
    }
    const { rowCount } = await school
      .database('groups')
      .owner.query('SELECT FROM group_members WHERE group_id = $1', [group])
    expect(rowCount).toBe(0)
  })
})

describe('changing a stay', () => {
  const idOf = async (student: bigint, more = {}) =>
    (await join(student, more)).data?.addGroupMember.member.id as string

  test('from the line to a seat, to a pause, to the end', async () => {
    const id = await idOf(anna, { status: 'WAITLISTED' })
    const seated = await alter(id, 'ACTIVE')
    expect(seated.data?.updateGroupMember.member).toMatchObject({
      waitingPosition: null,
      joinedAt: expect.any(String),
    })
    const { joinedAt } = seated.data?.updateGroupMember.member ?? {}
    expect((await alter(id, 'PAUSED')).data?.updateGroupMember.member.joinedAt).toBe(joinedAt)
    expect((await alter(id, 'COMPLETED')).data?.updateGroupMember.member).toMatchObject({
      status: 'COMPLETED',
      leftAt: expect.any(String),
    })
    expect(refusal(await alter(id, 'ACTIVE'))).toEqual({ code: 'CONFLICT', reason: 'STAY_ENDED' })
  })

  test('a pause keeps the seat: nobody else gets it', async () => {
    const small = await insertGroup(school, { capacity: 1 })
    group = small
    const paused = await idOf(anna)
    await alter(paused, 'PAUSED')
    expect(refusal(await join(boris))).toMatchObject({ reason: 'GROUP_FULL' })
    expect((await alter(paused, 'ACTIVE')).data?.updateGroupMember.member.status).toBe('ACTIVE')
  })

  test('the last seat is given once, however many press at once', async () => {
    group = await insertGroup(school, { capacity: 1 })
    const waiting = await Promise.all(
      students.slice(0, 10).map((student) => idOf(student, { status: 'WAITLISTED' })),
    )
    const answers = await Promise.all(waiting.map((id) => alter(id, 'ACTIVE')))
    expect(answers.filter((answer) => !answer.errors)).toHaveLength(1)
  })

  test("another teacher's members are not changed, and nobody learns which stays there are", async () => {
    const forbidden = { code: 'FORBIDDEN' }
    expect(refusal(await alter(await idOf(anna), 'REMOVED', as.teacher(sam)))).toEqual(forbidden)
    expect(refusal(await alter(randomUUID(), 'REMOVED'))).toEqual(forbidden)
    expect(refusal(await alter(randomUUID(), 'REMOVED', as.admin()))).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('lists', () => {
  const page = `query ($id: UUID!, $first: Int, $after: String) { group(id: $id) { members(first: $first, after: $after) { nodes { student { telegramId } } pageInfo { hasNextPage endCursor } } } }`

  test('500 members in pages: everybody once, in one order; 5 cost as many statements', async () => {
    const statementsFor = async (members: bigint[]) => {
      group = await insertGroup(school, { capacity: 200 })
      const rows = members.map((student_telegram_id) => ({
        group_id: group,
        student_telegram_id,
        status: 'INVITED',
      }))
      await insert(school.database('groups'), 'group_members', ...rows)
      const seen: string[] = []
      let count = 0
      let after: string | null = null
      do {
        const statements = await school.statements('groups', async () => {
          const variables = { id: group, first: 100, after }
          const { data } = await school.ask('groups', as.admin(), page, variables)
          const { nodes, pageInfo } = data?.group.members ?? {}
          seen.push(
            ...nodes.map((node: { student: { telegramId: string } }) => node.student.telegramId),
          )
          after = pageInfo.hasNextPage ? pageInfo.endCursor : null
        })
        count = statements.length
      } while (after)
      expect(seen).toHaveLength(members.length)
      expect(new Set(seen).size).toBe(members.length)
      return count
    }
    expect(await statementsFor(students.slice(0, 5))).toBe(2)
    expect(await statementsFor(students)).toBe(2)
  })

  test('the groups of many people with their members cost three statements, as those of one', async () => {
    const query = `query ($who: [_Any!]!) { _entities(representations: $who) { ... on User { groups { name members(first: 50) { nodes { status } } } } } }`
    const count = async (people: bigint[]) => {
      const who = people.map((id) => ({ __typename: 'User', telegramId: String(id) }))
      const statements = await school.statements('groups', async () => {
        const { data } = await school.ask('groups', as.admin(), query, { who })
        expect(data?._entities[0].groups[0].members.nodes.length).toBeGreaterThan(0)
      })
      return statements.length
    }
    await join(anna)
    expect(await count([anna])).toBe(await count(students))
  })

  test.each([
    ['first', { first: 101 }],
    ['first', { first: 0 }],
    ['first', { first: -1 }],
    ['after', { after: 'nonsense' }],
    ['after', { after: Buffer.from('["yesterday","1"]').toString('base64url') }],
  ])('a wrong %s is named: %o', async (field, wrong) => {
    const answer = await school.ask('groups', as.admin(), page, { id: group, first: 10, ...wrong })
    expect(refusal(answer)).toEqual({ code: 'BAD_USER_INPUT', field })
  })
})

test('should the database find no seat where the service did, that is a conflict like another', async () => {
  await join(anna)
  await school.database('groups').owner.query(
    `CREATE OR REPLACE FUNCTION check_capacity(which uuid) RETURNS void LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'group % violates check constraint "group_members_within_capacity"', which
         USING ERRCODE = 'check_violation', CONSTRAINT = 'group_members_within_capacity';
     END $$`,
  )
  expect(refusal(await join(boris))).toEqual({ code: 'CONFLICT', reason: 'GROUP_FULL' })
  const fewer = `mutation ($id: UUID!) { updateGroup(input: { id: $id, capacity: 2 }) { group { capacity } } }`
  const answer = await school.ask('groups', as.admin(), fewer, { id: group })
  expect(refusal(answer)).toEqual({ code: 'CONFLICT', reason: 'CAPACITY_BELOW_MEMBERS' })
})
