import { unitOf } from './courses.ts'
import { attends, type Group } from './membership.ts'
import type { Person, Teacher } from './people.ts'
import { createIds } from './random.ts'
import { before, type Diary, earliest, type Interval, overlap } from './time.ts'
import { daysFromToday, fridaysAt, localHour } from './timetable.ts'

type LessonStatus = 'SCHEDULED' | 'COMPLETED' | 'CANCELLED' | 'MISSED'

export interface Lesson extends Interval {
  id: string
  teacher: Teacher
  group: Group | null
  seriesId: string | null
  originalStartsAt: Date | null
  title: string
  status: LessonStatus
  cancelledAt: Date | null
  cancelReason: string | null
  participants: Person[]
  createdAt: Date
}

/** The lesson's last change. */
export function lessonChangedAt({ status, cancelledAt, createdAt, endsAt }: Lesson): Date {
  return cancelledAt ?? (status === 'SCHEDULED' ? createdAt : endsAt)
}

export function lessonVersion({ originalStartsAt, startsAt, status }: Lesson): number {
  const isMoved = originalStartsAt !== null && originalStartsAt.getTime() !== startsAt.getTime()
  return 1 + Number(isMoved) + Number(status !== 'SCHEDULED')
}

export interface Absence extends Interval {
  teacher: Teacher
  reason: string
}

/** All lessons of the groups and of single students, and the absences that cancelled some of them. */
export function planLessons(groups: readonly Group[], diary: Diary, now: Date) {
  const lessonId = createIds('lessons')
  const seriesId = createIds('lesson_series')
  const absences = planAbsences(groups, now)
  const series = new Map<Group, string>()
  const lessons: Lesson[] = []
  for (const group of groups) {
    if (!group.timetable) continue
    const id = seriesId()
    series.set(group, id)
    for (const [index, occurrence] of group.timetable.occurrences.entries()) {
      const { unit, topic } = unitOf(index, group.taughtBy.speech)
      lessons.push({
        id: lessonId(),
        teacher: group.taughtBy,
        group,
        seriesId: id,
        ...occurrence,
        title: `${unit}. ${topic}`,
        ...outcome(occurrence, group, index, absences, now),
        participants: group.members
          .filter((member) => attends(member, occurrence.startsAt))
          .map(({ student }) => student),
        createdAt: before(now, 42 - group.number / 10),
      })
    }
  }
  lessons.push(...singleLessons(groups, diary, absences, now, lessonId))
  return { lessons, absences, series }
}

type Outcome = Pick<Lesson, 'status' | 'cancelledAt' | 'cancelReason'>

function outcome(
  lesson: Interval,
  group: Group,
  index: number,
  absences: readonly Absence[],
  now: Date,
): Outcome {
  const absence = absences.find(
    ({ teacher, ...time }) => teacher === group.taughtBy && overlap(time, lesson),
  )
  if (absence) return cancelled(lesson, absence.reason, now)
  const isPublicHoliday = group.number % 7 === 5 && index === 3
  if (isPublicHoliday) {
    const reason = group.taughtBy.speech === 'ru' ? 'Праздничный день' : 'Public holiday'
    return cancelled(lesson, reason, now)
  }
  return { status: statusAt(lesson, now), cancelledAt: null, cancelReason: null }
}

function cancelled(lesson: Interval, reason: string, now: Date): Outcome {
  const cancelledAt = earliest(before(lesson.startsAt, 4), before(now, 0, 90))
  return { status: 'CANCELLED', cancelledAt, cancelReason: reason }
}

function statusAt(lesson: Interval, now: Date): LessonStatus {
  return lesson.endsAt <= now ? 'COMPLETED' : 'SCHEDULED'
}

/** Two teachers were away and two will be; never the one of the printed token. */
function planAbsences(groups: readonly Group[], now: Date): Absence[] {
  const away = [
    { teacher: 3, from: -16, to: -13, en: 'Conference', ru: 'Конференция' },
    { teacher: 6, from: -9, to: -7, en: 'Ill', ru: 'Больничный' },
    { teacher: 7, from: 9, to: 14, en: 'Holiday', ru: 'Отпуск' },
    { teacher: 10, from: 17, to: 21, en: 'Holiday', ru: 'Отпуск' },
  ]
  return away.flatMap(({ teacher: index, from, to, en, ru }) => {
    const teacher = groups.find((group) => group.teacher === index)?.taughtBy
    if (!teacher) return []
    const reason = teacher.speech === 'ru' ? ru : en
    return [{ teacher, reason, ...daysFromToday(from, to, teacher.timezone, now) }]
  })
}

const singleTimes = ['16:00', '17:00', '15:00', '12:00', '10:00']
const singleMinutes = 50

/**
 * Weekly lessons of one student with the group's teacher, on Fridays: the first at the usual hour, later ones only
 * where both are free. One student did not come to one of them.
 */
function singleLessons(
  groups: readonly Group[],
  diary: Diary,
  absences: readonly Absence[],
  now: Date,
  nextId: () => string,
): Lesson[] {
  const pairs = groups
    .filter(({ number, status }) => status === 'RUNNING' && number % 3 === 0)
    .flatMap(({ taughtBy, members }) =>
      members
        .filter((member) => member.status === 'ACTIVE')
        .slice(0, 1)
        .map(({ student }) => ({ taughtBy, student })),
    )
  return pairs.flatMap(({ taughtBy: teacher, student }, pair) => {
    const isFree = (time: Interval) =>
      isDaytime(time, student.timezone) &&
      diary.isFree(teacher.telegramId, time) &&
      diary.isFree(student.telegramId, time) &&
      !absences.some((absence) => absence.teacher === teacher && overlap(absence, time))
    const offers = singleTimes.map((time) => fridaysAt(time, singleMinutes, teacher.timezone, now))
    const weeks = (offers[0] ?? []).flatMap((_, week) => {
      const time = offers.map((offer) => offer[week]).find((offer) => offer && isFree(offer))
      return time ? [time] : []
    })
    return weeks.map((time, week) => {
      diary.book(teacher.telegramId, time)
      diary.book(student.telegramId, time)
      const isMissed = pair === 2 && week === 1
      return {
        id: nextId(),
        teacher,
        group: null,
        seriesId: null,
        originalStartsAt: null,
        ...time,
        title: teacher.speech === 'ru' ? 'Индивидуальное занятие' : 'One-to-one lesson',
        status: isMissed && time.endsAt <= now ? 'MISSED' : statusAt(time, now),
        cancelledAt: null,
        cancelReason: null,
        participants: [student],
        createdAt: before(now, 40),
      }
    })
  })
}

function isDaytime({ startsAt }: Interval, zone: string): boolean {
  const hour = localHour(startsAt, zone)
  return hour >= 9 && hour <= 21
}
