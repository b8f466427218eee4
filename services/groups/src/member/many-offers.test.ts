import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWaiting } from './fixture.ts'

let world: Awaited<ReturnType<typeof startWaiting>>
beforeAll(async () => {
  world = await startWaiting()
})
afterAll(() => world.school.close())

/** So many offers lapse together that half of the line has; the first of it answers too late. */
async function lapse(offers: number) {
  const waiting = Array.from({ length: 2 * offers }, (_, n) => n + 11)
  await world.useGroup([1], waiting)
  await world.change({ capacity: 1 + offers })
  world.later(12)
  const statements = await world.school.statements('groups', () => world.answer(11, false))
  const [late, next] = [waiting.slice(0, offers), waiting.slice(offers)]
  expect(await world.line()).toEqual([...next.map((number) => `${number}!`), ...late.map(String)])
  return statements.length
}

test('two hundred offers that lapse together cost as many statements as two', async () => {
  expect(await lapse(199)).toBe(await lapse(2))
})

test('of those who let an offer pass together, others hear how they wait now', async () => {
  await world.useGroup([1], [11, 12, 13])
  await world.change({ capacity: 3 })
  world.later(12)
  await world.answer(11, false)
  const told = await world.read(
    `SELECT payload->>'id' AS id, payload->>'offerExpiresAt' AS until, payload->'version' AS version
     FROM outbox_events WHERE aggregate_id = $1 ORDER BY sequence`,
    world.state.group,
  )
  const passed = await world.read(
    `SELECT id, NULL AS until, version FROM group_members
     WHERE group_id = $1 AND passed_at IS NOT NULL ORDER BY waiting_position`,
    world.state.group,
  )
  expect(passed.map(({ id }) => id)).toEqual([world.idOf(11), world.idOf(12)])
  expect(told.slice(-3, -1)).toEqual(passed)
})
