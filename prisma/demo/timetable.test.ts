import { describe, expect, test } from 'vitest'
import { demoPeople } from './demo-people.ts'
import { createDemoSchool } from './school.ts'

/** Days around which the clocks of Europe and America change, one amid them, and one in a quiet season. */
const days = [
  '2026-10-20T15:30:00Z',
  '2026-03-20T08:00:00Z',
  '2026-11-02T23:59:00Z',
  '2027-06-15T00:10:00Z',
]

const wallClock = (instant: Date, timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(instant)
const offset = (instant: Date, timeZone: string) =>
  new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).format(instant)

describe.each(days)('around %s', (day) => {
  const now = new Date(day)
  const { auth, calendar, groups, teachers } = createDemoSchool(now)
  const lessonOf = new Map(calendar.lessons.map((lesson) => [lesson.id, lesson]))

  test('nobody has two lessons at once', () => {
    const { lessons, lesson_participants: places } = calendar
    expect(collisions(lessons.map((row) => [`${row.teacher_telegram_id}`, row]))).toEqual([])
    expect(collisions(lessons.map((row) => [row.group_id ?? row.id, row]))).toEqual([])
    expect(collisions(places.map((row) => [`${row.student_telegram_id}`, row]))).toEqual([])
  })

  test('participants repeat the time and the status of their lesson', () => {
    const differing = calendar.lesson_participants.filter((row) => {
      const lesson = lessonOf.get(row.lesson_id)
      return (
        lesson?.starts_at !== row.starts_at ||
        lesson.ends_at !== row.ends_at ||
        lesson.status !== row.lesson_status
      )
    })
    expect(differing).toEqual([])
  })

  test('four weeks lie behind and four ahead, and only the past is decided', () => {
    const span = 29 * 24 * 3_600_000
    for (const { starts_at, ends_at, status } of calendar.lessons) {
      expect(Math.abs(starts_at.getTime() - now.getTime())).toBeLessThan(span)
      if (status === 'SCHEDULED') expect(ends_at > now).toBe(true)
      if (status === 'COMPLETED' || status === 'MISSED') expect(ends_at <= now).toBe(true)
    }
    const marked = calendar.lesson_attendance.map((row) => row.marked_at)
    expect(marked.every((instant) => instant <= now)).toBe(true)
  })

  test('no lesson takes place while its teacher is away', () => {
    for (const away of calendar.teacher_unavailable) {
      const during = calendar.lessons.filter(
        (row) =>
          row.teacher_telegram_id === away.teacher_telegram_id &&
          row.starts_at < away.ends_at &&
          away.starts_at < row.ends_at,
      )
      expect(during.filter(({ status }) => status !== 'CANCELLED')).toEqual([])
    }
  })

  test('a group meets at the same hour on the wall clock all through the term', () => {
    for (const series of calendar.lesson_series) {
      const starts = calendar.lessons.filter(({ series_id }) => series_id === series.id)
      const hours = starts.map((row) => wallClock(row.starts_at, row.timezone))
      expect(new Set(hours)).toEqual(new Set([series.local_start.slice(11)]))
    }
  })

  test('groups keep to their capacity, and who is paused keeps the seat', () => {
    for (const { id, capacity } of groups.groups) {
      const seated = groups.group_members.filter(
        (row) => row.group_id === id && ['ACTIVE', 'PAUSED'].includes(row.status),
      )
      expect(seated.length).toBeLessThanOrEqual(capacity)
    }
  })

  test('who teaches is an active teacher', () => {
    const active = new Set(
      teachers.teachers.filter((row) => row.status === 'ACTIVE').map((row) => row.telegram_id),
    )
    for (const user of auth.users) if (!user.is_active) active.delete(user.telegram_id)
    const withLessons = new Set(calendar.lessons.map((row) => row.group_id))
    const teaching = [
      ...calendar.lessons.map((row) => row.teacher_telegram_id),
      ...groups.groups
        .filter(({ id }) => withLessons.has(id))
        .map((row) => row.teacher_telegram_id),
    ]
    expect(teaching.filter((id) => !active.has(id))).toEqual([])
  })

  test('one-to-one lessons are with a student whom the teacher teaches in a group', () => {
    const taught = new Map(
      groups.groups
        .filter(({ status }) => status === 'RUNNING')
        .map((row) => [row.id, row.teacher_telegram_id]),
    )
    const pairs = new Map<string, Date>()
    for (const stay of groups.group_members) {
      if (stay.status !== 'ACTIVE' || !stay.joined_at) continue
      pairs.set(`${taught.get(stay.group_id)} ${stay.student_telegram_id}`, stay.joined_at)
    }
    const single = calendar.lessons.filter((lesson) => lesson.group_id === null)
    expect(single.length).toBeGreaterThan(10)
    for (const lesson of single) {
      const places = calendar.lesson_participants.filter((row) => row.lesson_id === lesson.id)
      expect(places).toHaveLength(1)
      const since = pairs.get(`${lesson.teacher_telegram_id} ${places[0]?.student_telegram_id}`)
      expect(Number(since)).toBeLessThanOrEqual(Number(lesson.starts_at))
    }
  })
})

test.each(days.slice(0, 2))(
  'the clocks of London change within the eight weeks around %s',
  (day) => {
    const { lessons } = createDemoSchool(new Date(day)).calendar
    const london = lessons.filter((row) => row.teacher_telegram_id === demoPeople.teacher)
    const offsets = london.map(({ starts_at, timezone }) =>
      offset(starts_at, timezone).split(' ').at(-1),
    )
    expect(new Set(offsets)).toEqual(new Set(['GMT+00:00', 'GMT+01:00']))
  },
)

/** Pairs of one person's or group's intervals that overlap, found by sorting. */
function collisions(
  intervals: [string, { starts_at: Date; ends_at: Date; id: string }][],
): string[] {
  const sorted = intervals.toSorted(
    ([a, { starts_at: x }], [b, { starts_at: y }]) =>
      a.localeCompare(b) || x.getTime() - y.getTime(),
  )
  return sorted.flatMap(([owner, interval], index) => {
    const [nextOwner, next] = sorted[index + 1] ?? []
    return next && owner === nextOwner && next.starts_at < interval.ends_at
      ? [`${owner}: ${interval.id} and ${next.id}`]
      : []
  })
}
