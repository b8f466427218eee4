import { as } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { insertGroup, releaseTogether } from '../group/fixture.ts'
import { conflict, memberIn, refusal, startWaiting, tanya } from './fixture.ts'

let world: Awaited<ReturnType<typeof startWaiting>>
beforeAll(async () => {
  world = await startWaiting()
})
beforeEach(() => world.useGroup([1], [11]))
afterAll(() => world.school.close())

type Viewer = ReturnType<typeof as.admin>
async function historyOf(number: number, viewer: Viewer) {
  const query = `query ($id: UUID!) { group(id: $id) { members(status: [WAITLISTED, ACTIVE, PAUSED, COMPLETED, LEFT, REMOVED]) {
    nodes { student { telegramId } states { status since } } } } }`
  const { data, errors } = await world.school.ask('groups', viewer, query, {
    id: world.state.group,
  })
  const own = data?.group.members.nodes.find(
    ({ student }: { student: { telegramId: string } }) => student.telegramId === String(number),
  )
  return { states: own?.states, errors }
}
const statesOf = async (number: number) =>
  (await historyOf(number, as.teacher(tanya))).states.map(
    ({ status }: { status: string }) => status,
  )

describe('the states of a stay', () => {
  test('are kept with their dates, whatever follows', async () => {
    for (const status of ['PAUSED', 'ACTIVE', 'COMPLETED']) await world.update(1, status)
    const { states } = await historyOf(1, as.teacher(tanya))
    expect(states.map(({ status }: { status: string }) => status)).toEqual([
      'ACTIVE',
      'PAUSED',
      'ACTIVE',
      'COMPLETED',
    ])
    const dates = states.slice(1).map(({ since }: { since: string }) => Date.parse(since))
    expect(dates).toEqual(dates.toSorted())
    expect(await statesOf(11)).toEqual(['WAITLISTED'])
  })

  test.each(['2020-03-01T20:00:00Z', '2031-03-01T20:00:00Z'])(
    'go by the clock of the service, as its other dates do: at %s',
    async (now) => {
      world.state.now = new Date(now)
      const steps: [string, () => Promise<unknown>][] = [
        ['WAITLISTED', () => world.add(12, 'WAITLISTED')],
        ['ACTIVE', () => world.update(12, 'ACTIVE')],
        ['PAUSED', () => world.update(12, 'PAUSED')],
        ['WAITLISTED', () => world.update(12, 'WAITLISTED')],
        ['LEFT', () => world.leave(12)],
      ]
      await world.useGroup([1], [], { capacity: 2 })
      const expected = []
      for (const [status, act] of steps) {
        world.later(1)
        await act()
        expected.push({ status, since: world.state.now.toISOString() })
      }
      expect((await historyOf(12, as.admin())).states).toEqual(expected)
      const ends = await world.read(
        'SELECT left_at FROM group_members WHERE id = $1',
        world.idOf(12),
      )
      expect(ends).toEqual([{ left_at: world.state.now }])
    },
  )

  test('begin when what they waited for is over', async () => {
    const { school, state } = world
    await releaseTogether(
      school.database('groups'),
      state.group,
      () => [world.update(1, 'PAUSED')],
      () => world.later(1),
    )
    const { states } = await historyOf(1, as.admin())
    expect(states.at(-1)).toEqual({ status: 'PAUSED', since: state.now.toISOString() })
  })

  test('never run backwards, though the clock of one server is behind that of another', async () => {
    await world.update(1, 'PAUSED')
    world.later(-1)
    await world.update(1, 'ACTIVE')
    const [, paused, active] = (await historyOf(1, as.admin())).states
    expect(active.since).toBe(paused.since)
  })

  test('that are said again are one', async () => {
    const before = await world.update(1, 'PAUSED')
    expect(await world.update(1, 'PAUSED')).toEqual(before)
    expect(await statesOf(1)).toEqual(['ACTIVE', 'PAUSED'])
    const told = await world.read(
      `SELECT payload->>'status' AS status FROM outbox_events WHERE aggregate_id = $1`,
      world.state.group,
    )
    expect(told).toEqual([{ status: 'PAUSED' }])
  })

  test('are for the student, the teacher and administrators, and not for classmates', async () => {
    await world.change({ capacity: 2 })
    await world.answer(11, true)
    for (const viewer of [as.student(1n), as.teacher(tanya), as.admin()]) {
      expect((await historyOf(1, viewer)).states).not.toBeNull()
    }
    const { states, errors } = await historyOf(1, as.student(11n))
    expect(states).toBeNull()
    expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
  })

  test('cost one statement for all members of a page', async () => {
    const count = async () =>
      (await world.school.statements('groups', () => historyOf(1, as.teacher(tanya)))).length
    const small = await count()
    await world.useGroup([1, 2, 3, 4, 5, 6], [11, 12, 13])
    expect(await count()).toBe(small)
  })
})

test('classmates see of a stay in which state it is, and not since when', async () => {
  const query = `query ($id: UUID!) { group(id: $id) { members { nodes { student { telegramId } status joinedAt } } } }`
  const read = async (viewer: Viewer) => {
    const answer = await world.school.ask('groups', viewer, query, { id: world.state.group })
    return { nodes: answer.data?.group.members.nodes, code: refusal(answer)?.code }
  }
  const stay = (telegramId: string, joinedAt: string | null) => ({
    student: { telegramId },
    status: 'ACTIVE',
    joinedAt,
  })
  await world.change({ capacity: 2 })
  await world.answer(11, true)
  const now = world.state.now.toISOString()
  for (const [viewer, ofClassmate, code] of [
    [as.teacher(tanya), now, undefined],
    [as.admin(), now, undefined],
    [as.machine('groups:read', 'people:read'), now, undefined],
    [as.student(1n), null, 'FORBIDDEN'],
  ] as const) {
    expect(await read(viewer)).toEqual({
      nodes: expect.arrayContaining([stay('1', now), stay('11', ofClassmate)]),
      code,
    })
  }
})

describe('steps that there are not', () => {
  test.each([
    [1, 'INVITED'],
    [11, 'INVITED'],
    [11, 'COMPLETED'],
  ])('%i cannot become %s', async (number, status) => {
    const answer = await world.update(number, status, as.admin())
    expect(refusal(answer)).toMatchObject(conflict('STEP_NOT_ALLOWED'))
  })
})

test('who joined once has joined then, also when they come back from the line', async () => {
  const joined = memberIn(await world.update(1, 'PAUSED')).joinedAt
  await world.update(1, 'WAITLISTED')
  await world.leave(11)
  world.later(1)
  expect(memberIn(await world.update(1, 'ACTIVE'))).toMatchObject({
    status: 'ACTIVE',
    joinedAt: joined,
  })
})

test('a move says where the student came from', async () => {
  const other = await insertGroup(world.school, { name: 'Morning English' })
  const move = `mutation ($input: MoveGroupMemberInput!) { moveGroupMember(input: $input) {
    member { movedFrom { id status group { name } } } from { movedFrom { id } } } }`
  const input = { memberId: world.idOf(1), toGroupId: other }
  const { data } = await world.school.ask('groups', as.teacher(tanya), move, { input })
  expect(data?.moveGroupMember).toEqual({
    member: {
      movedFrom: { id: world.idOf(1), status: 'REMOVED', group: { name: 'Evening English' } },
    },
    from: { movedFrom: null },
  })
})
