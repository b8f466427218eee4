import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextDelay, patient } from './backoff.ts'

const failure = fc.record({
  attempts: fc.integer({ min: 1, max: 10_000 }),
  failingForMs: fc.nat({ max: 2 * patient.giveUpMs }),
})

test('a wait lies between half and the whole of the doubled one, and never above the longest', () => {
  fc.assert(
    fc.property(failure, ({ attempts, failingForMs }) => {
      const delay = nextDelay(patient, { attempts, failingForMs })
      if (delay === undefined) return failingForMs >= patient.giveUpMs
      const whole = Math.min(patient.longestMs, patient.firstMs * 2 ** (attempts - 1))
      return delay >= whole / 2 && delay <= whole
    }),
  )
})

test('waits differ, so that what failed together does not return together', () => {
  const waits = Array.from({ length: 50 }, () =>
    nextDelay(patient, { attempts: 5, failingForMs: 0 }),
  )
  expect(new Set(waits).size).toBeGreaterThan(40)
})

test('a subscriber that is away for a day is tried some thirty times, then no more', () => {
  let attempts = 1
  let failingForMs = 0
  for (;;) {
    const delay = nextDelay(patient, { attempts, failingForMs })
    if (delay === undefined) break
    attempts++
    failingForMs += delay
  }
  expect(failingForMs).toBeGreaterThanOrEqual(patient.giveUpMs)
  expect(failingForMs).toBeLessThan(patient.giveUpMs + patient.longestMs)
  expect(attempts).toBeGreaterThan(30)
  expect(attempts).toBeLessThan(65)
})

test('a weekend in which nobody tried is none of failing', () => {
  const weekend = { failingForMs: 3 * patient.giveUpMs }
  expect(nextDelay(patient, { ...weekend, attempts: 4 })).toBeLessThanOrEqual(8_000)
  // 1 s, 2 s and so on are 12 waits until the first of an hour, and about 68 minutes together.
  expect(nextDelay(patient, { ...weekend, attempts: 35 })).toBeDefined()
  expect(nextDelay(patient, { ...weekend, attempts: 36 })).toBeUndefined()
})
