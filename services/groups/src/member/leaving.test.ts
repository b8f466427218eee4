import { randomUUID } from 'node:crypto'
import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { insertGroup, releaseTogether, tanya } from '../group/fixture.ts'

const sam = 4_294_967_302n
const anna = 1_099_511_627_777n
const boris = 1_099_511_627_778n
const seated = new Set(['ACTIVE', 'PAUSED', 'COMPLETED'])
const ended = new Set(['COMPLETED', 'LEFT', 'REMOVED'])

let school: TestSchool
let group: string
let other: string
beforeAll(async () => {
  school = await startSchool({ services: ['groups'] })
})
beforeEach(async () => {
  group = await insertGroup(school)
  other = await insertGroup(school)
})
afterAll(() => school.close())

let inserted = 0

/** Later ones are younger, however quickly they follow. */
async function insertStay(group_id: string, status: string, student = anna, place = 1) {
  const id = randomUUID()
  await insert(school.database('groups'), 'group_members', {
    id,
    group_id,
    student_telegram_id: student,
    status,
    joined_at: seated.has(status) ? '2026-01-05T10:00:00Z' : null,
    left_at: ended.has(status) ? '2026-01-06T10:00:00Z' : null,
    waiting_position: status === 'WAITLISTED' ? place : null,
    created_at: new Date(Date.UTC(2026, 0, 5) + inserted++),
  })
  return id
}

type Viewer = ReturnType<typeof as.admin>
const leaving = `mutation ($input: LeaveGroupInput!) { leaveGroup(input: $input) { member { id status leftAt waitingPosition group { freeSeats } } } }`
const moving = `mutation ($input: MoveGroupMemberInput!) { moveGroupMember(input: $input) { from { id status leftAt } member { id status joinedAt leftAt group { id } student { telegramId } } } }`
const leave = (groupId = group, viewer: Viewer = as.student(anna)) =>
  school.ask('groups', viewer, leaving, { input: { groupId } })
const move = (memberId: string, more = {}, viewer: Viewer = as.teacher(tanya)) =>
  school.ask('groups', viewer, moving, { input: { memberId, toGroupId: other, ...more } })
const refusal = (answer: Answer) => answer.errors?.[0]?.extensions

async function read(text: string, ...values: unknown[]) {
  return (await school.database('groups').owner.query(text, values)).rows
}
/** What others were told of stays in a group, in order. */
const told = (id: string) =>
  read(
    `SELECT payload->>'status' AS status FROM outbox_events WHERE aggregate_id = $1
     ORDER BY sequence`,
    id,
  )
/** All stays in a group, the oldest first. */
const stays = (id: string) =>
  read(
    `SELECT student_telegram_id AS student, status, waiting_position AS place FROM group_members
     WHERE group_id = $1 ORDER BY created_at, id`,
    id,
  )

describe('leaving', () => {
  test.each(['ACTIVE', 'PAUSED', 'INVITED'])(
    'ends a stay that is %s; twice is once',
    async (status) => {
      const id = await insertStay(group, status)
      const first = await leave()
      expect(first.data?.leaveGroup.member).toEqual({
        id,
        status: 'LEFT',
        leftAt: expect.any(String),
        waitingPosition: null,
        group: { freeSeats: 1 },
      })
      expect(await leave()).toEqual(first)
      expect(await told(group)).toEqual([{ status: 'LEFT' }])
      const audited = await read(
        `SELECT actor FROM audit_log WHERE row_id = $1 AND action = 'UPDATE'`,
        id,
      )
      expect(audited).toEqual([{ actor: `user:${anna}` }])
    },
  )

  test('the line lets everybody behind move up', async () => {
    await insertStay(group, 'WAITLISTED', anna, 1)
    await insertStay(group, 'WAITLISTED', boris, 2)
    await leave()
    expect(await stays(group)).toEqual([
      { student: String(anna), status: 'LEFT', place: null },
      { student: String(boris), status: 'WAITLISTED', place: 1 },
    ])
  })

  test('ends the stay that is open, and leaves those before as they are', async () => {
    await insertStay(group, 'REMOVED')
    const id = await insertStay(group, 'ACTIVE')
    expect((await leave()).data?.leaveGroup.member.id).toBe(id)
    expect((await stays(group)).map(({ status }) => status)).toEqual(['REMOVED', 'LEFT'])
  })

  test.each(['REMOVED', 'COMPLETED'])('is too late once %s', async (status) => {
    await insertStay(group, status)
    expect(refusal(await leave())).toEqual({ code: 'CONFLICT', reason: 'STAY_ENDED' })
  })

  test('is open to who has become a teacher meanwhile', async () => {
    await insertStay(group, 'ACTIVE')
    const { data } = await leave(group, as.teacher(anna))
    expect(data?.leaveGroup.member.status).toBe('LEFT')
  })

  test('is for who was in', async () => {
    await insertStay(group, 'ACTIVE')
    for (const viewer of [as.student(boris), as.teacher(tanya), as.admin()]) {
      expect(refusal(await leave(group, viewer))).toEqual({ code: 'FORBIDDEN' })
      expect(refusal(await leave(randomUUID(), viewer))).toEqual({ code: 'FORBIDDEN' })
    }
    expect(refusal(await leave(group, as.anonymous))).toEqual({ code: 'UNAUTHENTICATED' })
  })
})

describe('moving', () => {
  test.each([
    ['ACTIVE', 'ACTIVE'],
    ['PAUSED', 'PAUSED'],
    ['WAITLISTED', 'ACTIVE'],
    ['INVITED', 'INVITED'],
  ])('who is %s goes on as %s, and both stays are on record', async (before, after) => {
    const id = await insertStay(group, before)
    const { data } = await move(id)
    expect(data?.moveGroupMember).toEqual({
      from: { id, status: 'REMOVED', leftAt: expect.any(String) },
      member: {
        id: expect.any(String),
        status: after,
        joinedAt: after === 'INVITED' ? null : expect.any(String),
        leftAt: null,
        group: { id: other },
        student: { telegramId: String(anna) },
      },
    })
    expect(await told(group)).toEqual([{ status: 'REMOVED' }])
    expect(await told(other)).toEqual([{ status: after }])
  })

  test('out of the line lets everybody behind move up', async () => {
    const id = await insertStay(group, 'WAITLISTED', anna, 1)
    await insertStay(group, 'WAITLISTED', boris, 2)
    await move(id)
    expect((await stays(group)).at(-1)).toMatchObject({ student: String(boris), place: 1 })
  })

  test('a retry moves nobody again', async () => {
    const id = await insertStay(group, 'ACTIVE')
    const once = { idempotencyKey: 'move anna' }
    const answers = await Promise.all([move(id, once), move(id, once), move(id, once)])
    answers.push(await move(id, once))
    expect(answers.at(-1)?.errors).toBeUndefined()
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(refusal(await move(id))).toEqual({ code: 'CONFLICT', reason: 'STAY_ENDED' })
    expect(await stays(other)).toHaveLength(1)
  })

  test.each([
    ['GROUP_FULL', { seat: boris }],
    ['ALREADY_MEMBER', { line: anna }],
    ['ALREADY_MEMBER', { seat: anna }],
    ['ALREADY_MEMBER', { seat: boris, line: anna }],
    ['GROUP_CLOSED', { status: 'FINISHED' }],
    ['GROUP_CLOSED', { status: 'DRAFT' }],
  ])('both or neither: %s for %o', async (reason, world) => {
    const { status, seat, line }: { status?: string; seat?: bigint; line?: bigint } = world
    if (status) other = await insertGroup(school, { status })
    if (seat) await insertStay(other, 'ACTIVE', seat)
    if (line) await insertStay(other, 'WAITLISTED', line)
    const id = await insertStay(group, 'ACTIVE')
    const before = [await stays(group), await stays(other)]
    expect(refusal(await move(id))).toMatchObject({ code: 'CONFLICT', reason })
    expect([await stays(group), await stays(other)]).toEqual(before)
    expect([...(await told(group)), ...(await told(other))]).toEqual([])
  })

  test('the group that they are in is no other', async () => {
    const id = await insertStay(group, 'ACTIVE')
    expect(refusal(await move(id, { toGroupId: group }))).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'input.toGroupId',
    })
  })

  test('to and fro at the same time, and to one seat', async () => {
    const pairs = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const [one, two] = [
          await insertGroup(school, { capacity: 2 }),
          await insertGroup(school, { capacity: 2 }),
        ]
        const [first, second] = [BigInt(1000 + index), BigInt(2000 + index)]
        return [
          { id: await insertStay(one, 'ACTIVE', first), toGroupId: two },
          { id: await insertStay(two, 'ACTIVE', second), toGroupId: one },
        ]
      }),
    )
    const moves = pairs.flat()
    const answers = await Promise.all(moves.map(({ id, toGroupId }) => move(id, { toGroupId })))
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])

    const from = await insertGroup(school, { capacity: 10 })
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, index) => insertStay(from, 'ACTIVE', BigInt(3000 + index))),
    )
    const tries = await Promise.all(ids.map((id) => move(id)))
    expect(tries.filter(({ errors }) => !errors)).toHaveLength(1)
    expect(await stays(other)).toHaveLength(1)
  })

  test('waits for both groups in one order, whichever way it goes', async () => {
    const [first = '', second = ''] = [group, other].toSorted()
    const ways = [
      { memberId: await insertStay(first, 'ACTIVE', anna), toGroupId: second },
      { memberId: await insertStay(second, 'ACTIVE', boris), toGroupId: first },
    ]
    for (const { memberId, toGroupId } of ways) {
      await releaseTogether(
        school.database('groups'),
        first,
        () => [move(memberId, { toGroupId })],
        (run) => run(`SELECT FROM groups WHERE id = '${second}' FOR UPDATE NOWAIT`),
      )
    }
  })

  test('is for administrators, and for who runs both groups', async () => {
    const id = await insertStay(group, 'ACTIVE')
    const anothers = await insertGroup(school, { teacher_telegram_id: sam })
    const forbidden = { code: 'FORBIDDEN' }
    for (const toGroupId of [anothers, randomUUID()]) {
      expect(refusal(await move(id, { toGroupId }))).toEqual(forbidden)
    }
    expect(refusal(await move(id, { toGroupId: anothers }, as.teacher(sam)))).toEqual(forbidden)
    expect(refusal(await move(randomUUID()))).toEqual(forbidden)
    expect(refusal(await move(id, {}, as.student(anna)))).toEqual(forbidden)
    const none = { code: 'NOT_FOUND' }
    expect(refusal(await move(randomUUID(), {}, as.admin()))).toEqual(none)
    expect(refusal(await move(id, { toGroupId: randomUUID() }, as.admin()))).toEqual(none)
    expect((await move(id, { toGroupId: anothers }, as.admin())).errors).toBeUndefined()
  })
})
