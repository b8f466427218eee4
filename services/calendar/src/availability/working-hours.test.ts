import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Interval } from './intervals.ts'
import { expandWorkingHours, type WorkingHours } from './working-hours.ts'

const day = (text: string) => new Date(`${text}T00:00:00Z`)
const time = (text: string) => new Date(`1970-01-01T${text}:00Z`)
const bounds = (start: string, end: string): Interval => ({
  start: Date.parse(start),
  end: Date.parse(end),
})
const hours = (schedule: Partial<WorkingHours> & { from: string; to: string }): WorkingHours => {
  const { from, to, ...rest } = schedule
  return {
    weekday: 7,
    localFrom: time(from),
    localTo: time(to),
    timezone: 'Europe/London',
    validFrom: day('2020-01-01'),
    validUntil: null,
    ...rest,
  }
}
const shown = (list: Interval[]) =>
  list.map(({ start, end }) => [start, end].map((ms) => new Date(ms).toISOString().slice(5, 16)))

describe('when the clocks change', () => {
  // Both days are Sundays: at 01:00 UTC London's clocks go forward, at 01:00 UTC they go back.
  const spring = bounds('2027-03-27T12:00:00Z', '2027-03-29T12:00:00Z')
  const autumn = bounds('2027-10-30T12:00:00Z', '2027-11-01T12:00:00Z')

  test.each([
    ['the morning after', '09:00', '12:00', spring, [['03-28T08:00', '03-28T11:00']]],
    ['the whole day, of 23 hours', '00:00', '00:00', spring, [['03-28T00:00', '03-28T23:00']]],
    [
      'beginning in the hour that is skipped',
      '01:30',
      '03:00',
      spring,
      [['03-28T01:30', '03-28T02:00']],
    ],
    ['ending in it', '00:30', '01:30', spring, [['03-28T00:30', '03-28T01:30']]],
    ['the morning after', '09:00', '12:00', autumn, [['10-31T09:00', '10-31T12:00']]],
    ['the whole day, of 25 hours', '00:00', '00:00', autumn, [['10-30T23:00', '11-01T00:00']]],
    [
      'beginning in the hour that comes twice',
      '01:30',
      '03:00',
      autumn,
      [['10-31T00:30', '10-31T03:00']],
    ],
    ['ending in it', '00:30', '01:30', autumn, [['10-30T23:30', '10-31T00:30']]],
  ])('%s, %s to %s', (_, from, to, within, expected) => {
    expect(shown(expandWorkingHours([hours({ from, to })], within))).toEqual(expected)
  })

  test('nothing is left of hours that it makes end before they begin', () => {
    // 01:30 counts as 02:30 summer time, which is after 02:15.
    expect(expandWorkingHours([hours({ from: '01:30', to: '02:15' })], spring)).toEqual([])
  })
})

test('hours hold from their first day to their last, both included', () => {
  const weekly = hours({
    from: '10:00',
    to: '11:00',
    weekday: 1,
    validFrom: day('2027-06-07'),
    validUntil: day('2027-06-21'),
  })
  const june = bounds('2027-05-01T00:00:00Z', '2027-07-30T00:00:00Z')
  expect(shown(expandWorkingHours([weekly], june))).toEqual([
    ['06-07T09:00', '06-07T10:00'],
    ['06-14T09:00', '06-14T10:00'],
    ['06-21T09:00', '06-21T10:00'],
  ])
})

test('hours that meet at midnight are one', () => {
  const evening = hours({ from: '22:00', to: '00:00', weekday: 1 })
  const night = hours({ from: '00:00', to: '02:00', weekday: 2 })
  const week = bounds('2027-06-06T00:00:00Z', '2027-06-13T00:00:00Z')
  expect(shown(expandWorkingHours([night, evening], week))).toEqual([
    ['06-07T21:00', '06-08T01:00'],
  ])
})

const zones = ['Europe/London', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'UTC']
const quarter = 15 * 60_000
/** From 04:00 on, when no zone's clocks change: what happens then is told above. */
const schedule = fc
  .record({
    weekday: fc.integer({ min: 1, max: 7 }),
    from: fc.integer({ min: 16, max: 95 }),
    length: fc.integer({ min: 1, max: 80 }),
    timezone: fc.constantFrom(...zones),
    validFrom: fc.integer({ min: -3, max: 10 }),
    lastsDays: fc.option(fc.integer({ min: 0, max: 12 })),
  })
  .map(({ weekday, from, length, timezone, validFrom, lastsDays }) => ({
    weekday,
    timezone,
    localFrom: new Date(from * quarter),
    localTo: new Date((Math.min(96, from + length) % 96) * quarter),
    validFrom,
    lastsDays,
  }))

test('otherwise an instant is worked exactly when the wall clock of the zone says so', () => {
  const start = fc.date({ min: day('2027-03-01'), max: day('2027-11-30'), noInvalidDate: true })
  fc.assert(
    fc.property(start, fc.array(schedule, { maxLength: 4 }), (from, plans) => {
      const begin = Math.floor(from.getTime() / quarter) * quarter
      const within = { start: begin, end: begin + 9 * 86_400_000 }
      const firstDay = day(new Date(begin).toISOString().slice(0, 10)).getTime()
      const schedules = plans.map(({ validFrom, lastsDays, ...rest }) => ({
        ...rest,
        validFrom: new Date(firstDay + validFrom * 86_400_000),
        validUntil:
          lastsDays === null ? null : new Date(firstDay + (validFrom + lastsDays) * 86_400_000),
      }))
      const found = expandWorkingHours(schedules, within)
      for (let instant = within.start; instant < within.end; instant += quarter) {
        const works = schedules.some((plan) => worksAt(plan, instant))
        const expanded = found.some(({ start, end }) => start <= instant && instant < end)
        expect([new Date(instant), expanded]).toEqual([new Date(instant), works])
      }
    }),
    { numRuns: 60 },
  )
})

/** The slow way: asks another clock than the code does, one instant at a time. */
const clocks = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'short' }),
  ]),
)
function worksAt(plan: WorkingHours, instant: number): boolean {
  const [date = '', clock = ''] = (clocks.get(plan.timezone)?.format(instant) ?? '').split(' ')
  const today = day(date)
  const ends = plan.localTo.getTime() || 86_400_000
  return (
    (today.getUTCDay() || 7) === plan.weekday &&
    today >= plan.validFrom &&
    (plan.validUntil === null || today <= plan.validUntil) &&
    time(clock).getTime() >= plan.localFrom.getTime() &&
    time(clock).getTime() < ends
  )
}
