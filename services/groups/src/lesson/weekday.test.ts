import { expect, test } from 'vitest'
import { nameOfWeekday, numberOfWeekday, weekdayOf } from './weekday.ts'

test.each([
  ['2027-03-01T12:00:00Z', 'UTC', 'MONDAY'],
  // Midnight belongs to the day that it begins.
  ['2027-03-07T23:59:59.999Z', 'UTC', 'SUNDAY'],
  ['2027-03-08T00:00:00Z', 'UTC', 'MONDAY'],
  // A day ahead of UTC, and a day behind.
  ['2027-03-01T11:30:00Z', 'Pacific/Auckland', 'TUESDAY'],
  ['2027-03-01T04:30:00Z', 'America/New_York', 'SUNDAY'],
  // 23:30 in winter, and the same hour of UTC half an hour past midnight in summer.
  ['2027-03-27T22:30:00Z', 'Europe/Berlin', 'SATURDAY'],
  ['2027-03-28T22:30:00Z', 'Europe/Berlin', 'MONDAY'],
  // Clocks skip midnight there: the day begins at one.
  ['2027-09-05T03:59:59Z', 'America/Santiago', 'SATURDAY'],
  ['2027-09-05T04:00:00Z', 'America/Santiago', 'SUNDAY'],
  // An hour that comes twice.
  ['2027-10-31T00:30:00Z', 'Europe/Berlin', 'SUNDAY'],
  ['2027-10-31T01:30:00Z', 'Europe/Berlin', 'SUNDAY'],
  ['2027-03-01T18:29:59Z', 'Asia/Kolkata', 'MONDAY'],
  ['2027-03-01T18:30:00Z', 'Asia/Kolkata', 'TUESDAY'],
] as const)('%s is in %s a %s', (instant, zone, name) => {
  const number = weekdayOf(new Date(instant), zone)
  expect(nameOfWeekday(number)).toBe(name)
  expect(numberOfWeekday(name)).toBe(number)
})

test('a zone that there is not is an error', () => {
  expect(() => weekdayOf(new Date(), 'Mars/Olympus')).toThrow(RangeError)
})
