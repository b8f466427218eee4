import { as } from '@classgram/test/kit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { conflict, memberIn, refusal, startWaiting, tanya } from './fixture.ts'

let world: Awaited<ReturnType<typeof startWaiting>>
beforeAll(async () => {
  world = await startWaiting()
})
beforeEach(() => world.useGroup([1, 2], [11, 12, 13]))
afterAll(() => world.school.close())

describe('a seat that comes free', () => {
  test('is offered to the first in line for twelve hours, and is free for nobody else', async () => {
    await world.leave(1)
    expect(await world.line()).toEqual(['11!', '12', '13'])
    const mine = `query ($who: [_Any!]!) { _entities(representations: $who) { ... on Student { pendingStays { status waitingPosition seatOffer { offeredAt expiresAt } group { freeSeats } } } } }`
    const who = [{ __typename: 'Student', telegramId: '11' }]
    const { data } = await world.school.ask('groups', as.student(11n), mine, { who })
    expect(data?._entities[0].pendingStays).toContainEqual({
      status: 'WAITLISTED',
      waitingPosition: 1,
      seatOffer: {
        offeredAt: world.state.now.toISOString(),
        expiresAt: '2026-03-02T08:00:00.000Z',
      },
      group: { freeSeats: 0 },
    })
    expect(refusal(await world.add(40, 'ACTIVE'))).toMatchObject(conflict('GROUP_FULL'))
  })

  test('is told to others with its time', async () => {
    await world.leave(1)
    const told = await world.read(
      `SELECT version, payload->>'offerExpiresAt' AS until FROM outbox_events
       WHERE aggregate_id = $1 AND person_telegram_id = 11`,
      world.state.group,
    )
    expect(told).toEqual([{ version: 2, until: '2026-03-02T08:00:00.000Z' }])
  })

  test.each<[string, () => Promise<unknown>]>([
    ['a member is removed', () => world.update(1, 'REMOVED')],
    ['a member goes back into the line', () => world.update(1, 'WAITLISTED')],
    ['the group gets another seat', () => world.change({ capacity: 3 })],
    ['a member is erased', () => erase(1)],
    ['a member moves to another group', () => moveAway(1)],
  ])('when %s', async (_, act) => {
    await act()
    expect((await world.line()).slice(0, 3)).toEqual(['11!', '12', '13'])
  })

  test('is two seats when two more are made', async () => {
    await world.change({ capacity: 4 })
    expect(await world.line()).toEqual(['11!', '12!', '13'])
  })

  test('is offered to nobody while the group is a draft, and to the line as soon as it opens', async () => {
    await world.useGroup([], [], { status: 'DRAFT' })
    await world.add(11, 'WAITLISTED')
    expect(await world.line()).toEqual(['11'])
    await world.change({ status: 'OPEN' }, as.admin())
    expect(await world.line()).toEqual(['11!'])
  })

  test('is offered at once to who is to wait where one is free, and the answer says so', async () => {
    await world.useGroup([], [])
    expect(memberIn(await world.add(11, 'WAITLISTED')).seatOffer).toEqual({
      offeredAt: world.state.now.toISOString(),
      expiresAt: '2026-03-02T08:00:00.000Z',
    })
  })

  test('is offered at once to who was invited and is to wait now', async () => {
    await world.useGroup([], [])
    await world.add(11, 'INVITED')
    const { seatOffer } = memberIn(await world.update(11, 'WAITLISTED', as.admin()))
    expect(seatOffer).not.toBeNull()
  })

  test('is not held by offers in a group that is over', async () => {
    await world.leave(1)
    expect((await world.change({ status: 'FINISHED' })).errors).toBeUndefined()
    expect(await world.line()).toEqual([])
    expect(refusal(await world.answer(11, true))).toEqual(conflict('STAY_ENDED'))
  })
})

describe('the answer', () => {
  beforeEach(() => world.leave(1))

  test('yes gives the seat, and the others move up; saying it again changes nothing', async () => {
    const first = await world.answer(11, true)
    expect(memberIn(first)).toMatchObject({
      status: 'ACTIVE',
      joinedAt: world.state.now.toISOString(),
      waitingPosition: null,
      seatOffer: null,
    })
    expect(await world.answer(11, true)).toEqual(first)
    expect([await world.seated(), await world.line()]).toEqual([
      [2, 11],
      ['12', '13'],
    ])
  })

  test('no passes the seat on to the next; saying it again changes nothing', async () => {
    const first = await world.answer(11, false)
    expect(memberIn(first)).toMatchObject({
      status: 'WAITLISTED',
      waitingPosition: 3,
      seatOffer: null,
    })
    expect(await world.answer(11, false)).toEqual(first)
    expect(await world.line()).toEqual(['12!', '13', '11'])
  })

  test('who passed is asked again when another seat comes free, after those who did not', async () => {
    await world.answer(11, false)
    await world.answer(12, false)
    await world.answer(13, false)
    expect(await world.line()).toEqual(['11', '12', '13'])
    await world.leave(2)
    expect(await world.line()).toEqual(['11!', '12!', '13'])
  })

  test('who passed is asked again, too, when the teacher takes a seat back', async () => {
    for (const number of [11, 12, 13]) await world.answer(number, false)
    await world.update(2, 'WAITLISTED')
    expect(await world.line()).toEqual(['11!', '12!', '13', '2'])
  })

  test('when all have passed, the seat is free for who comes by', async () => {
    for (const number of [11, 12, 13]) await world.answer(number, false)
    expect(memberIn(await world.add(40, 'ACTIVE'))).toMatchObject({ status: 'ACTIVE' })
    expect(refusal(await world.answer(11, true))).toEqual(conflict('SEAT_OFFER_EXPIRED'))
  })

  test('a second thought counts while nobody else wants the seat', async () => {
    for (const number of [11, 12, 13]) await world.answer(number, false)
    expect(memberIn(await world.answer(13, true))).toMatchObject({ status: 'ACTIVE' })
    expect(await world.line()).toEqual(['11', '12'])
  })

  test('who passed is not asked again for the same seat when the group is saved as it is', async () => {
    await world.useGroup([1], [11], { status: 'OPEN' })
    await world.leave(1)
    await world.answer(11, false)
    const asBefore = { status: 'OPEN', capacity: 1 }
    expect((await world.change(asBefore, as.admin())).errors).toBeUndefined()
    expect(await world.line()).toEqual(['11'])
  })

  test('leaving the line passes the seat on, too', async () => {
    await world.leave(11)
    expect(await world.line()).toEqual(['12!', '13'])
  })

  test('the teacher can give the seat to whom it is offered, and to nobody else', async () => {
    expect(refusal(await world.update(12, 'ACTIVE'))).toMatchObject(conflict('GROUP_FULL'))
    expect(memberIn(await world.update(11, 'ACTIVE'))).toMatchObject({ status: 'ACTIVE' })
    expect(await world.line()).toEqual(['12', '13'])
  })

  test('who is not next has nothing to answer', async () => {
    for (const accept of [true, false]) {
      expect(refusal(await world.answer(12, accept))).toEqual(conflict('NO_SEAT_OFFERED'))
    }
  })

  test('yes is for students: who has become a teacher can only say no', async () => {
    const asTeacher = (accept: boolean) => world.answer(11, accept, as.teacher(11n))
    expect(refusal(await asTeacher(true))).toEqual({ code: 'FORBIDDEN' })
    expect((await asTeacher(false)).errors).toBeUndefined()
  })

  test('yes comes too late once the group takes nobody', async () => {
    await world.write(`UPDATE groups SET status = 'FINISHED' WHERE id = '${world.state.group}'`)
    expect(refusal(await world.answer(11, true))).toMatchObject(conflict('GROUP_CLOSED'))
  })

  test.each([
    ['another student', as.student(12n), 'FORBIDDEN'],
    ['the teacher', as.teacher(tanya), 'FORBIDDEN'],
    ['an administrator', as.admin(), 'FORBIDDEN'],
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
  ])('is for the student alone, not for %s', async (_, viewer, code) => {
    expect(refusal(await world.answer(11, true, viewer))).toEqual({ code })
    expect(refusal(await world.answer(99, true, viewer))?.code).not.toBe('CONFLICT')
  })
})

describe('a seat that the teacher took back', () => {
  beforeEach(async () => {
    await world.useGroup([1], [])
    await world.update(1, 'WAITLISTED')
  })

  test('is not offered: there is nothing to answer', async () => {
    for (const accept of [true, false]) {
      expect(refusal(await world.answer(1, accept))).toEqual(conflict('NO_SEAT_OFFERED'))
    }
    expect([await world.seated(), await world.line()]).toEqual([[], ['1']])
  })

  test('is offered like any other when it comes free once more', async () => {
    await world.add(2, 'ACTIVE')
    await world.leave(2)
    expect(await world.line()).toEqual(['1!'])
    expect(memberIn(await world.answer(1, true))).toMatchObject({ status: 'ACTIVE' })
    await world.update(1, 'WAITLISTED')
    expect(refusal(await world.answer(1, true))).toEqual(conflict('NO_SEAT_OFFERED'))
  })
})

describe('the teacher’s agreement', () => {
  beforeEach(async () => {
    await world.useGroup([1], [])
    await world.add(11, 'WAITLISTED')
    await world.write(`UPDATE group_members SET awaits_approval = true
      WHERE group_id = '${world.state.group}' AND status = 'WAITLISTED'`)
    await world.add(12, 'WAITLISTED')
  })

  test('is waited for without holding up anybody', async () => {
    await world.leave(1)
    expect(await world.line()).toEqual(['11', '12!'])
    expect(refusal(await world.answer(11, true))).toEqual(conflict('NO_SEAT_OFFERED'))
  })

  test('lets the student wait for a seat, in the place that they have', async () => {
    const { seatOffer, ...agreed } = memberIn(await world.update(11, 'WAITLISTED'))
    expect(agreed).toMatchObject({ waitingPosition: 1, awaitsApproval: false })
    expect(seatOffer).toBeNull()
    await world.leave(1)
    expect(await world.line()).toEqual(['11!', '12'])
  })

  test('offers the seat at once where one is free', async () => {
    await world.change({ capacity: 3 })
    expect(memberIn(await world.update(11, 'WAITLISTED')).seatOffer).not.toBeNull()
  })
})

async function erase(number: number) {
  const mutation = 'mutation ($id: TelegramID!) { erasePersonData(input: { telegramId: $id }) }'
  const { errors } = await world.school.ask('groups', as.service('auth'), mutation, { id: number })
  expect(errors).toBeUndefined()
}

async function moveAway(number: number) {
  const from = { group: world.state.group, stays: world.state.stays }
  const memberId = world.idOf(number)
  await world.useGroup([], [])
  const input = { memberId, toGroupId: world.state.group }
  Object.assign(world.state, from)
  const mutation = `mutation ($input: MoveGroupMemberInput!) { moveGroupMember(input: $input) { member { id } } }`
  const { errors } = await world.school.ask('groups', as.teacher(tanya), mutation, { input })
  expect(errors).toBeUndefined()
}
