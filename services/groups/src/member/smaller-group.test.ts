import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { conflict, memberIn, refusal, startWaiting } from './fixture.ts'

let world: Awaited<ReturnType<typeof startWaiting>>
beforeAll(async () => {
  world = await startWaiting()
})
/** Of four seats two are offered. */
beforeEach(async () => {
  await world.useGroup([1, 2, 3, 4], [11, 12, 13])
  for (const number of [3, 4]) await world.leave(number)
  expect(await world.line()).toEqual(['11!', '12!', '13'])
})
afterAll(() => world.school.close())

const shrinkTo = async (capacity: number) => {
  const { data, errors } = await world.change({ capacity })
  expect(errors).toBeUndefined()
  return data?.answer.group
}

test('takes the last offers back for which there are no seats, and those students keep their places', async () => {
  expect(await shrinkTo(3)).toMatchObject({ capacity: 3, freeSeats: 0 })
  expect(await world.line()).toEqual(['11!', '12', '13'])
  expect(await shrinkTo(2)).toMatchObject({ capacity: 2, freeSeats: 0 })
  expect(await world.line()).toEqual(['11', '12', '13'])
  expect(refusal(await world.answer(11, true))).toEqual(conflict('NO_SEAT_OFFERED'))
  await world.leave(1)
  expect(await world.line()).toEqual(['11!', '12', '13'])
  expect(memberIn(await world.answer(11, true))).toMatchObject({ status: 'ACTIVE' })
})

test('others are told that an offer is no more', async () => {
  await shrinkTo(3)
  const told = await world.read(
    `SELECT person_telegram_id::int AS who, payload->'offerExpiresAt' AS until,
       (payload->'version')::int > lag((payload->'version')::int) OVER (ORDER BY sequence) AS later
     FROM outbox_events WHERE aggregate_id = $1 AND person_telegram_id = 12
     ORDER BY sequence DESC LIMIT 1`,
    world.state.group,
  )
  expect(told).toEqual([{ who: 12, until: null, later: true }])
})

test('has a seat for everybody who has one, or stays as it is', async () => {
  const { conflictsWith, ...reason } = refusal(await world.change({ capacity: 1 }))
  expect([reason, conflictsWith]).toEqual([conflict('CAPACITY_BELOW_MEMBERS'), { members: 2 }])
  expect(await world.line()).toEqual(['11!', '12!', '13'])
})

test('costs as many statements with a hundred offers as with two', async () => {
  const shrink = async () => (await world.school.statements('groups', () => shrinkTo(2))).length
  const few = await shrink()
  const waiting = Array.from({ length: 120 }, (_, n) => n + 11)
  await world.useGroup([1, 2], waiting)
  await world.change({ capacity: 102 })
  expect((await world.line()).filter((one) => one.endsWith('!'))).toHaveLength(100)
  expect(await shrink()).toBe(few)
  expect(await world.line()).toEqual(waiting.map(String))
})
