const minute = 60_000
const day = 24 * 60 * minute

/** The instant so many days (or fractions), and minutes, before another; negative numbers lie after it. */
export function before(instant: Date, days: number, minutes = 0): Date {
  return new Date(Math.round((instant.getTime() - days * day - minutes * minute) / 1000) * 1000)
}

/** The earliest of the instants. */
export function earliest(...instants: Date[]): Date {
  return new Date(Math.min(...instants.map(Number)))
}

/** A stretch of time, its end not included. */
export interface Interval {
  startsAt: Date
  endsAt: Date
}

/** Who is busy when. */
export interface Diary {
  isFree(person: bigint, interval: Interval): boolean
  book(person: bigint, interval: Interval): void
}

export function createDiary(): Diary {
  const booked = new Map<bigint, Interval[]>()
  return {
    isFree: (person, interval) => !booked.get(person)?.some((other) => overlap(other, interval)),
    book(person, interval) {
      const intervals = booked.get(person)
      if (intervals) intervals.push(interval)
      else booked.set(person, [interval])
    },
  }
}

export function overlap(a: Interval, b: Interval): boolean {
  return a.startsAt < b.endsAt && b.startsAt < a.endsAt
}
