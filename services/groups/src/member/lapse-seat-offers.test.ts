import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { conflict, memberIn, refusal, startWaiting } from './test-waiting-list.ts'

/** Rounds of housekeeping follow each other within 150 ms. */
const soon = { timeout: 5_000 }

let world: Awaited<ReturnType<typeof startWaiting>>
beforeAll(async () => {
  world = await startWaiting({ HOUSEKEEPING_SECONDS: '0.1' })
})
beforeEach(async () => {
  await world.useGroup([1, 2], [11, 12, 13])
  await world.leave(1)
})
afterAll(() => world.school.close())

test('an offer that nobody answers goes to the next, and on', async () => {
  world.later(12)
  await expect.poll(world.line, soon).toEqual(['12!', '13', '11'])
  world.later(12)
  await expect.poll(world.line, soon).toEqual(['13!', '11', '12'])
  world.later(12)
  await expect.poll(world.line, soon).toEqual(['11', '12', '13'])
  const authors = await world.read(
    `SELECT DISTINCT actor FROM audit_log WHERE row_id = $1 AND after->>'passed_at' IS NOT NULL`,
    world.idOf(11),
  )
  expect(authors).toEqual([{ actor: 'system:housekeeping' }])
})

test('so it goes on when the service was away meanwhile', async () => {
  const restart = await world.school.stop('groups')
  world.later(13)
  await restart()
  await expect.poll(world.line, soon).toEqual(['12!', '13', '11'])
})

test('a minute before the end it still holds', async () => {
  world.later(11.98)
  expect(memberIn(await world.answer(11, true))).toMatchObject({ status: 'ACTIVE' })
})

test('a late answer finds the seat with the next, whether or not it was passed on before', async () => {
  world.later(12)
  expect(refusal(await world.answer(11, true))).toEqual(conflict('SEAT_OFFER_EXPIRED'))
  await expect.poll(world.line, soon).toEqual(['12!', '13', '11'])
  expect(refusal(await world.answer(11, true))).toEqual(conflict('SEAT_OFFER_EXPIRED'))
})

test('a late yes of the only one who waits still gets the seat', async () => {
  await world.useGroup([1], [11])
  await world.leave(1)
  world.later(15)
  expect(memberIn(await world.answer(11, true))).toMatchObject({ status: 'ACTIVE' })
})

test('seats that stayed free though somebody waits are made good', async () => {
  await world.useGroup([], [11, 12])
  await expect.poll(world.line, soon).toEqual(['11!', '12'])
})
