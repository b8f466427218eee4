import { randomUUID } from 'node:crypto'
import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const day = 24 * 3_600_000
const now = Date.parse('2027-03-01T12:00:00Z')

/** How far the service's clock is behind: nothing goes before the test lets it. */
let behind = 100 * day
let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['groups'],
    env: { groups: { HOUSEKEEPING_SECONDS: '0.1' } },
    overrides: { clock: () => new Date(now - behind) },
  })
})
afterAll(() => school.close())

const read = async (sql: string) => (await school.database('groups').owner.query(sql)).rows

test('what is known of lessons goes a day after they began', async () => {
  const lesson = (startedAgo: number) => ({
    id: randomUUID(),
    group_id: randomUUID(),
    weekday: 1,
    starts_at: new Date(now - startedAgo),
    is_scheduled: true,
    source_version: 1,
  })
  const kept = [lesson(-day), lesson(0), lesson(day)]
  // More than go in one statement.
  const gone = Array.from({ length: 2_500 }, (_, index) => lesson(day + 1 + index))
  await insert(school.database('groups'), 'group_lessons', ...kept, ...gone)
  behind = 0
  await expect
    .poll(() => read('SELECT id FROM group_lessons ORDER BY starts_at DESC'), { timeout: 8_000 })
    .toEqual(kept.map(({ id }) => ({ id })))
  expect(await read(`SELECT DISTINCT actor FROM audit_log WHERE action = 'DELETE'`)).toEqual([
    { actor: 'system:housekeeping' },
  ])
})
