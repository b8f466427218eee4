import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { releaseTogether } from '../group/fixture.ts'
import { conflict, memberIn, refusal, startWaiting } from './fixture.ts'

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

test('others are told of every offer and of its end, each time with a later version', async () => {
  await world.useGroup([1], [])
  for (const number of [11, 12]) await world.add(number, 'WAITLISTED')
  await world.leave(1)
  await world.answer(11, false)
  world.later(12)
  await expect.poll(world.line, soon).toEqual(['11', '12'])
  for (const number of [11, 12]) {
    const told = await world.read(
      `SELECT payload->>'offerExpiresAt' IS NOT NULL AS offered, (payload->'version')::int AS version
       FROM outbox_events WHERE aggregate_id = $1 AND person_telegram_id = $2 ORDER BY sequence`,
      world.state.group,
      number,
    )
    expect(told.map(({ offered }) => offered)).toEqual([false, true, false])
    const versions = told.map(({ version }) => version)
    expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other))
  }
})

test('whoever is at the group comes first, and what they did counts', async () => {
  await world.useGroup([1], [11])
  await world.leave(1)
  const { school, state } = world
  const stay = world.idOf(11)
  await releaseTogether(
    school.database('groups'),
    state.group,
    () => [Promise.resolve(world.later(12))],
    async (run) => {
      await run(`SELECT FROM group_members WHERE id = '${stay}' FOR UPDATE NOWAIT`)
      await run(`UPDATE group_members SET offer_expires_at = '2030-01-01' WHERE id = '${stay}'`)
    },
  )
  // Ends the round that waited.
  const restart = await school.stop('groups')
  await restart()
  expect(await world.line()).toEqual(['11!'])
})

test('a group where that fails holds up no other', async () => {
  const groups = []
  for (const _ of ['one', 'another']) {
    await world.useGroup([1], [11, 12])
    await world.leave(1)
    groups.push(world.state.group)
  }
  const [first = '', second = ''] = groups.toSorted()
  const { owner } = world.school.database('groups')
  await owner.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
    CREATE TRIGGER fault BEFORE UPDATE ON group_members FOR EACH ROW
      WHEN (NEW.group_id = '${first}') EXECUTE FUNCTION fail()`)
  try {
    world.later(12)
    world.state.group = second
    await expect.poll(world.line, soon).toEqual(['12!', '11'])
    world.state.group = first
    expect(await world.line()).toEqual(['11!', '12'])
  } finally {
    await owner.query('DROP FUNCTION fail CASCADE')
  }
  await expect.poll(world.line, soon).toEqual(['12!', '11'])
})
