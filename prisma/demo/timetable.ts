import { Temporal } from 'temporal-polyfill'
import type { Course, Slot } from './courses.ts'
import type { Interval } from './time.ts'

/** The demo shows this many days of lessons on each side of today. */
const horizonDays = 28

const friday = 5

interface Occurrence extends Interval {
  /** Where the weekly rule puts it. */
  originalStartsAt: Date
}

/** The lessons of one group's series within the horizon. */
export interface Timetable {
  /** First start on the wall clock of the zone, like `2026-10-19T18:00`. */
  localStart: string
  rrule: string
  startsOn: string
  endsOn: string
  /** The last instant at which a lesson may start. */
  until: Date
  occurrences: Occurrence[]
}

/** Days of the term from today, or null for a group without lessons. */
const terms: Record<Course['status'], { from: number; to: number; weeks: number } | null> = {
  RUNNING: { from: -horizonDays, to: horizonDays, weeks: 16 },
  OPEN: { from: 5, to: horizonDays, weeks: 12 },
  FINISHED: { from: -horizonDays, to: -4, weeks: 0 },
  ARCHIVED: null,
  DRAFT: null,
}
const dayNames = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

/**
 * When a group meets. The slot holds on the wall clock of the zone, so lessons keep their hour when the clocks
 * change.
 *
 * @param movesLessons whether the first lesson of two of the weeks was moved to Friday
 */
export function planTerm(
  { slot, status }: Pick<Course, 'slot' | 'status'>,
  zone: string,
  now: Date,
  movesLessons: boolean,
): Timetable | null {
  const term = terms[status]
  if (!term) return null
  const today = localDate(now, zone)
  const dates = range(term.from, term.to)
    .map((day) => today.add({ days: day }))
    .filter((date) => slot.weekdays.includes(date.dayOfWeek))
  const [first] = dates
  const last = dates.at(-1)
  if (!first || !last) return null
  const end = term.weeks > 0 ? first.add({ weeks: term.weeks }) : last
  return {
    localStart: `${first}T${slot.time}`,
    rrule: `FREQ=WEEKLY;BYDAY=${slot.weekdays.map((day) => dayNames[day - 1]).join(',')}`,
    startsOn: first.toString(),
    endsOn: end.toString(),
    until: instantOf(end, '23:59', zone),
    occurrences: dates.map((date) => {
      const original = instantOf(date, slot.time, zone)
      const moved = movesLessons && isMoved(date, today, slot)
      const startsAt = moved
        ? instantOf(date.add({ days: friday - date.dayOfWeek }), slot.time, zone)
        : original
      return { originalStartsAt: original, startsAt, endsAt: later(startsAt, slot.minutes) }
    }),
  }
}

/** One lesson two weeks back and one a week ahead. */
function isMoved(date: Temporal.PlainDate, today: Temporal.PlainDate, slot: Slot): boolean {
  const days = today.until(date).days
  const weeks = [-14, 7]
  return (
    date.dayOfWeek === slot.weekdays[0] && weeks.some((from) => days >= from && days < from + 7)
  )
}

/** The Fridays within the horizon, each at this time on the wall clock. */
export function fridaysAt(time: string, minutes: number, zone: string, now: Date): Interval[] {
  const today = localDate(now, zone)
  return range(-horizonDays, horizonDays)
    .map((day) => today.add({ days: day }))
    .filter((date) => date.dayOfWeek === friday)
    .map((date) => {
      const startsAt = instantOf(date, time, zone)
      return { startsAt, endsAt: later(startsAt, minutes) }
    })
}

/** A whole day of a zone, so many days from today. */
export function daysFromToday(from: number, to: number, zone: string, now: Date): Interval {
  const today = localDate(now, zone)
  return {
    startsAt: instantOf(today.add({ days: from }), '00:00', zone),
    endsAt: instantOf(today.add({ days: to }), '00:00', zone),
  }
}

/** Hour of the day of an instant in a zone, with the minutes as a fraction. */
export function localHour(instant: Date, zone: string): number {
  const local = at(instant, zone)
  return local.hour + local.minute / 60
}

const seasons = ['2026-01-15T12:00Z', '2026-07-15T12:00Z'].map((text) => new Date(text))
const offsets = new Map<string, number[]>()

/** Hours by which a zone is ahead of UTC in winter and in summer. */
export function offsetsOf(zone: string): number[] {
  const known = offsets.get(zone)
  if (known) return known
  const found = seasons.map((instant) => at(instant, zone).offsetNanoseconds / 3_600e9)
  offsets.set(zone, found)
  return found
}

export function localDate(instant: Date, zone: string): Temporal.PlainDate {
  return at(instant, zone).toPlainDate()
}

function at(instant: Date, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone)
}

function instantOf(date: Temporal.PlainDate, time: string, zone: string): Date {
  const zoned = date.toZonedDateTime({ timeZone: zone, plainTime: time })
  return new Date(zoned.epochMilliseconds)
}

function later(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * 60_000)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
