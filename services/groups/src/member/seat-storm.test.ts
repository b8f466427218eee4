import type { Answer } from '@classgram/test/kit'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusal, startWaiting } from './fixture.ts'

let world: Awaited<ReturnType<typeof startWaiting>>
beforeAll(async () => {
  world = await startWaiting()
})
afterAll(() => world.school.close())

const capacity = 3
const who = fc.integer({ min: 1, max: 12 })
const act = fc.oneof(
  fc.record({ act: fc.constant('leave'), who }),
  fc.record({ act: fc.constant('yes'), who }),
  fc.record({ act: fc.constant('no'), who }),
  fc.record({ act: fc.constant('come'), who }),
  fc.record({ act: fc.constant('wait'), who }),
  fc.record({ act: fc.constantFrom('ACTIVE', 'WAITLISTED', 'REMOVED', 'PAUSED'), who }),
  fc.record({ act: fc.constant('later'), who }),
)

const acts: Record<string, (who: number) => Promise<Answer>> = {
  leave: (number) => world.leave(number),
  yes: (number) => world.answer(number, true),
  no: (number) => world.answer(number, false),
  come: (number) => world.add(number, 'ACTIVE'),
  wait: (number) => world.add(number, 'WAITLISTED'),
}
const answers = ['STAY_ENDED', 'NO_SEAT_OFFERED', 'SEAT_OFFER_EXPIRED']
/** What the SDL names that may come of an act; of any other it is what a change of state may meet. */
const refusals: Record<string, string[]> = {
  leave: ['FORBIDDEN', 'STAY_ENDED'],
  yes: answers,
  no: answers,
  come: ['GROUP_FULL', 'ALREADY_MEMBER'],
  wait: ['ALREADY_MEMBER'],
}
const ofChanges = ['STAY_ENDED', 'STEP_NOT_ALLOWED', 'GROUP_FULL']

async function doIt({ act, who }: { act: string; who: number }): Promise<void> {
  if (act === 'later') return world.later(7)
  const isForStay = !['leave', 'come', 'wait'].includes(act)
  if (isForStay && !world.idOf(who)) return
  const answer = await (acts[act]?.(who) ?? world.update(who, act))
  const { reason, code = 'none' } = refusal(answer) ?? {}
  expect(['none', ...(refusals[act] ?? ofChanges)], act).toContain(reason ?? code)
}

/** What holds at any moment, whoever does whatever. */
async function assertInOrder(): Promise<void> {
  const [state] = await world.read(
    `SELECT
       count(*) FILTER (WHERE status IN ('ACTIVE', 'PAUSED') OR offer_expires_at IS NOT NULL)::int AS kept,
       count(*) FILTER (WHERE status = 'WAITLISTED' AND offer_expires_at IS NULL
         AND passed_at IS NULL)::int AS waiting
     FROM group_members WHERE group_id = $1`,
    world.state.group,
  )
  expect(state.kept).toBeLessThanOrEqual(capacity)
  if (state.waiting > 0) expect(state.kept).toBe(capacity)
  expect((await world.line()).filter((one) => one.includes('out of order'))).toEqual([])
}

test('no seat has two owners, none is idle while somebody waits, and the line has no gaps', async () => {
  const crowds = fc.array(fc.array(act, { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(crowds, async (rounds) => {
      await world.useGroup([1, 2, 3], [4, 5, 6, 7])
      for (const round of rounds) {
        await Promise.all(round.map(doIt))
        await assertInOrder()
      }
    }),
    { numRuns: 25 },
  )
})

test('of an offer that is answered five times at once, with yes and no, one answer counts', async () => {
  await world.useGroup([1], [11, 12])
  await world.leave(1)
  await Promise.all(['yes', 'no', 'yes', 'no', 'yes'].map((act) => doIt({ act, who: 11 })))
  expect([
    { seated: [11], line: ['12'] },
    { seated: [], line: ['12!', '11'] },
  ]).toContainEqual({ seated: await world.seated(), line: await world.line() })
})
