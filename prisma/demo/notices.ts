import type { calendarRows } from './calendar.ts'
import type { groupsRows } from './groups.ts'
import type { Lesson } from './lessons.ts'
import type { Group } from './membership.ts'
import type { Speech } from './names.ts'
import type { Person } from './people.ts'
import type { Kind, Payload } from './templates.ts'
import { before } from './time.ts'
import { localDate, localHour } from './timetable.ts'

/** One thing to tell one person. */
export interface Notice {
  to: Person
  kind: Kind
  /** When it is to go out, were there no night. */
  at: Date
  /** When it became known. */
  knownAt: Date
  expiresAt: Date | null
  dedupKey: string
  payload: Payload
  isCalledOff: boolean
}

/** Nobody is written to between these local hours. */
export const quiet = { from: '22:00', to: '08:00', fromHour: 22, toHour: 8 }

/** How many minutes before a lesson a person is reminded. */
export function leadMinutesOf({ role, number }: Person): number[] {
  return role === 'STUDENT' && number % 6 !== 4 ? [1440, 60] : [60]
}

export function wantsAttendanceNotes({ number }: Person): boolean {
  return number % 5 !== 2
}

const daysBack = 5
const daysAhead = 4

type Draft = Omit<Notice, 'expiresAt' | 'isCalledOff' | 'knownAt'> & Partial<Notice>

function notice(draft: Draft): Notice {
  return { knownAt: draft.at, expiresAt: null, isCalledOff: false, ...draft }
}

interface Events {
  groups: readonly Group[]
  lessons: readonly Lesson[]
  people: readonly Person[]
  attendance: ReturnType<typeof calendarRows>['lesson_attendance']
  progress: ReturnType<typeof groupsRows>['group_progress']
}

/** Everything the school tells its people in the days around now. */
export function planNotices(events: Events, now: Date): Notice[] {
  return [
    ...events.lessons.flatMap((lesson) => aboutLesson(lesson, now)),
    ...aboutAttendance(events, now),
    ...aboutProgress(events, now),
    ...events.groups.flatMap((group) => aboutGroup(group, now)),
    ...announcements(events.people, now),
  ]
}

function aboutLesson(lesson: Lesson, now: Date): Notice[] {
  const { id, startsAt, status, participants, teacher, createdAt } = lesson
  const payload = aboutTime(lesson)
  const notices: Notice[] = []
  const isNear = startsAt > before(now, daysBack) && startsAt < before(now, -daysAhead)
  if (isNear) {
    for (const to of [...participants, teacher]) {
      for (const minutes of leadMinutesOf(to)) {
        notices.push(
          notice({
            to,
            kind: 'LESSON_REMINDER',
            at: before(startsAt, 0, minutes),
            knownAt: createdAt,
            expiresAt: startsAt,
            dedupKey: `lesson-reminder:${id}:${minutes}`,
            payload: { ...payload, minutes },
            isCalledOff: status === 'CANCELLED',
          }),
        )
      }
    }
  }
  const change = changeOf(lesson, now)
  for (const to of change ? participants : []) {
    notices.push(notice({ to, ...change, payload: { ...payload, ...change?.payload } } as Draft))
  }
  return notices
}

function aboutAttendance({ lessons, people, attendance }: Events, now: Date): Notice[] {
  const lessonOf = new Map(lessons.map((lesson) => [lesson.id, lesson]))
  const personOf = new Map(people.map((person) => [person.telegramId, person]))
  return attendance.flatMap((row) => {
    const lesson = lessonOf.get(row.lesson_id)
    const to = personOf.get(row.student_telegram_id)
    if (!lesson || !to || row.marked_at < before(now, daysBack)) return []
    if (!wantsAttendanceNotes(to)) return []
    const payload = { ...aboutTime(lesson), status: row.status, minutes: row.minutes }
    const dedupKey = `attendance-marked:${row.id}`
    return [notice({ to, kind: 'ATTENDANCE_MARKED', at: row.marked_at, dedupKey, payload })]
  })
}

function aboutProgress({ groups, people, progress }: Events, now: Date): Notice[] {
  const groupOf = new Map(groups.map((group) => [group.id, group]))
  const personOf = new Map(people.map((person) => [person.telegramId, person]))
  return progress.flatMap((row) => {
    const group = groupOf.get(row.group_id)
    const to = personOf.get(row.student_telegram_id ?? 0n)
    if (!group || !to || row.recorded_at < before(now, daysBack)) return []
    const { unit, percentage } = row
    const payload = { groupId: group.id, group: group.name, unit, percentage }
    const dedupKey = `progress-recorded:${row.id}`
    return [notice({ to, kind: 'PROGRESS_RECORDED', at: row.recorded_at, dedupKey, payload })]
  })
}

function aboutTime({ id, title, startsAt }: Lesson) {
  return { lessonId: id, lesson: title, startsAt: startsAt.toISOString() }
}

/** A lesson moved or cancelled of late, or one agreed with a single student. */
function changeOf(lesson: Lesson, now: Date): Omit<Draft, 'to'> | null {
  const { id, startsAt, originalStartsAt, cancelledAt, cancelReason, group } = lesson
  if (startsAt <= now) return null
  if (cancelledAt) {
    const payload = { reason: cancelReason ?? '' }
    return {
      kind: 'LESSON_CANCELLED',
      at: cancelledAt,
      dedupKey: `lesson-cancelled:${id}`,
      payload,
    }
  }
  if (originalStartsAt && originalStartsAt.getTime() !== startsAt.getTime()) {
    const payload = { previousStartsAt: originalStartsAt.toISOString() }
    return {
      kind: 'LESSON_RESCHEDULED',
      at: before(now, 3),
      dedupKey: `lesson-moved:${id}`,
      payload,
    }
  }
  if (!group && startsAt > before(now, -21)) {
    return {
      kind: 'LESSON_SCHEDULED',
      at: before(now, 6),
      dedupKey: `lesson-planned:${id}`,
      payload: {},
    }
  }
  return null
}

function aboutGroup(group: Group, now: Date): Notice[] {
  const common = { groupId: group.id, group: group.name }
  return group.members.flatMap(({ student: to, id, status, waitingPosition, invitedAt }) => {
    if (status === 'INVITED' && invitedAt) {
      const expiresAt = before(invitedAt, -14)
      const payload = { ...common, expiresAt: expiresAt.toISOString() }
      const dedupKey = `group-invitation:${id}`
      return [notice({ to, kind: 'GROUP_INVITATION', at: invitedAt, expiresAt, dedupKey, payload })]
    }
    if (waitingPosition === 1 && group.number % 8 === 3) {
      const expiresAt = before(now, -1)
      const payload = { ...common, expiresAt: expiresAt.toISOString() }
      const dedupKey = `waitlist-offer:${id}`
      const at = before(now, 1)
      return [notice({ to, kind: 'WAITLIST_OFFER', at, expiresAt, dedupKey, payload })]
    }
    return []
  })
}

const news: Record<
  string,
  { days: number; to: readonly Person['role'][] } & Record<Speech, Payload>
> = {
  'conversation-club': {
    days: 12,
    to: ['STUDENT'],
    ru: {
      title: 'Разговорный клуб по воскресеньям',
      text: 'Каждое воскресенье в 12:00 по Москве встречаемся поговорить на всех шести языках. Приходите, это бесплатно.',
    },
    en: {
      title: 'Conversation club on Sundays',
      text: 'Every Sunday at 9:00 UTC we meet to talk in all six languages. Come along, it is free.',
    },
  },
  'term-reports': {
    days: 2,
    to: ['TEACHER', 'ADMIN'],
    ru: { title: 'Отчёты за месяц', text: 'Пожалуйста, внесите прогресс групп до конца недели.' },
    en: {
      title: 'Monthly reports',
      text: 'Please record the progress of your groups by the end of the week.',
    },
  },
  'progress-week': {
    days: -2,
    to: ['STUDENT', 'TEACHER', 'ADMIN'],
    ru: {
      title: 'Неделя открытых уроков',
      text: 'На следующей неделе можно прийти на любой урок в другую группу.',
    },
    en: {
      title: 'Open lessons week',
      text: 'Next week you may visit any lesson of another group.',
    },
  },
}

function announcements(people: readonly Person[], now: Date): Notice[] {
  return Object.entries(news).flatMap(([slug, { days, to: roles, ...texts }]) =>
    people
      .filter(({ role, joinedAt }) => roles.includes(role) && joinedAt < before(now, days))
      .map((to) =>
        notice({
          to,
          kind: 'ANNOUNCEMENT',
          at: before(now, days),
          knownAt: before(now, Math.max(days, 0) + 1),
          dedupKey: `announcement:${slug}`,
          payload: texts[to.speech],
        }),
      ),
  )
}

/** Tells of an instant in a zone: the same instant, or the end of the night in which it falls. */
export function createNightWatch(): (instant: Date, zone: string) => Date {
  const known = new Map<string, Date>()
  return (instant, zone) => {
    const key = `${instant.getTime()} ${zone}`
    const found = known.get(key) ?? outsideQuietHours(instant, zone)
    known.set(key, found)
    return found
  }
}

function outsideQuietHours(instant: Date, zone: string): Date {
  const hour = localHour(instant, zone)
  if (hour >= quiet.toHour && hour < quiet.fromHour) return instant
  const date = localDate(instant, zone).add({ days: hour >= quiet.fromHour ? 1 : 0 })
  return new Date(date.toZonedDateTime({ timeZone: zone, plainTime: quiet.to }).epochMilliseconds)
}
