import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clip, type Interval, merge, subtract } from './intervals.ts'

const most = 60
const interval = fc
  .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }))
  .map(([start, end]) => ({ start, end }))
const intervals = fc.array(interval, { maxLength: 12 })

/** The slow way: each instant for itself. */
const instants = Array.from({ length: most }, (_, instant) => instant)
const covers = (list: Interval[], instant: number) =>
  list.some(({ start, end }) => start <= instant && instant < end)
const coverage = (list: Interval[]) => instants.map((instant) => covers(list, instant))

function expectCanonical(list: Interval[]) {
  for (const [i, { start, end }] of list.entries()) {
    expect(start).toBeLessThan(end)
    expect(start).toBeGreaterThan(list[i - 1]?.end ?? -1)
  }
}

test('merging keeps the instants and leaves no two that touch', () => {
  fc.assert(
    fc.property(intervals, (list) => {
      const given = structuredClone(list)
      const merged = merge(list)
      expect(coverage(merged)).toEqual(coverage(list))
      expectCanonical(merged)
      expect(list).toEqual(given)
    }),
    { numRuns: 1000 },
  )
})

test('subtracting leaves the instants that are not taken', () => {
  fc.assert(
    fc.property(intervals, intervals, (list, taken) => {
      const left = subtract(list, taken)
      expect(coverage(left)).toEqual(
        instants.map((instant) => covers(list, instant) && !covers(taken, instant)),
      )
      expectCanonical(left)
    }),
    { numRuns: 2000 },
  )
})

test('clipping leaves the instants within the bounds', () => {
  fc.assert(
    fc.property(intervals, interval, (list, bounds) => {
      expect(coverage(clip(list, bounds))).toEqual(
        instants.map((instant) => covers(list, instant) && covers([bounds], instant)),
      )
    }),
  )
})
