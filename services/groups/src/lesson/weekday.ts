import { Temporal } from 'temporal-polyfill'
import type { Weekday } from '../generated/graphql.ts'

const weekdays: readonly Weekday[] = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
]

/** @param number as in ISO 8601: 1 is Monday, 7 Sunday */
export function nameOfWeekday(number: number): Weekday {
  const name = weekdays[number - 1]
  if (!name) throw new Error(`there is no weekday ${number}`)
  return name
}

/** @returns as in ISO 8601: 1 is Monday, 7 Sunday */
export function numberOfWeekday(name: Weekday): number {
  return weekdays.indexOf(name) + 1
}

/**
 * The weekday of an instant on the wall clock of a zone, as in ISO 8601: 1 is Monday, 7 Sunday.
 *
 * @param timezone IANA
 * @throws RangeError for a zone that there is not
 */
export function weekdayOf(instant: Date, timezone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timezone)
    .dayOfWeek
}
