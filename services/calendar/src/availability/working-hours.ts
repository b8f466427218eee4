import { Temporal } from 'temporal-polyfill'
import type { TeacherScheduleRow } from '../rows.ts'
import { clip, type Interval, merge } from './intervals.ts'

/** Working hours of one weekday, as the database keeps them: times and days as `Date`s in UTC. */
export type WorkingHours = Pick<
  TeacherScheduleRow,
  'weekday' | 'localFrom' | 'localTo' | 'timezone' | 'validFrom' | 'validUntil'
>

/**
 * When somebody with these working hours works, within the bounds.
 *
 * Hours are on the wall clock of their zone, so they shift against UTC when its clocks change. A
 * time that clocks skip counts as if they had not changed yet; of a time that comes twice the first
 * counts (RFC 5545, section 3.3.5).
 */
export function expandWorkingHours(
  schedules: readonly WorkingHours[],
  bounds: Interval,
): Interval[] {
  return merge(
    clip(
      schedules.flatMap((schedule) => workDays(schedule, bounds)),
      bounds,
    ),
  )
}

function workDays(schedule: WorkingHours, bounds: Interval): Interval[] {
  const { timezone, weekday } = schedule
  const dayOf = (instant: number) =>
    Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone).toPlainDate()
  const from = plainTime(schedule.localFrom)
  const to = plainTime(schedule.localTo)
  const endsAtMidnight = to.equals(new Temporal.PlainTime())
  const last = earlier(dayOf(bounds.end), schedule.validUntil && plainDate(schedule.validUntil))
  // Where clocks skip the end of a day, its hours reach into the next one.
  const first = dayOf(bounds.start).subtract({ days: 1 })
  let day = later(first, plainDate(schedule.validFrom))
  day = day.add({ days: (weekday - day.dayOfWeek + 7) % 7 })
  const days: Interval[] = []
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 7 })) {
    days.push({
      start: instantOf(day, from, timezone),
      end: instantOf(endsAtMidnight ? day.add({ days: 1 }) : day, to, timezone),
    })
  }
  return days
}

function instantOf(day: Temporal.PlainDate, time: Temporal.PlainTime, timezone: string): number {
  return day.toZonedDateTime({ timeZone: timezone, plainTime: time }).epochMilliseconds
}

function plainDate(day: Date): Temporal.PlainDate {
  return Temporal.PlainDate.from(day.toISOString().slice(0, 10))
}

function plainTime(time: Date): Temporal.PlainTime {
  return Temporal.PlainTime.from(time.toISOString().slice(11, 19))
}

function later(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(a, b) >= 0 ? a : b
}

function earlier(a: Temporal.PlainDate, b: Temporal.PlainDate | null): Temporal.PlainDate {
  return b === null || Temporal.PlainDate.compare(a, b) <= 0 ? a : b
}
