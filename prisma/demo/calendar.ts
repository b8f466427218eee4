import { changedAt, groupVersion } from './groups.ts'
import { type Absence, type Lesson, lessonChangedAt, lessonVersion } from './lessons.ts'
import type { Group } from './membership.ts'
import type { Person, Teacher } from './people.ts'
import { createIds, createRandom, demoTokenHash, type Random } from './random.ts'
import { before, earliest } from './time.ts'
import { localDate } from './timetable.ts'

type AttendanceStatus = 'PRESENT' | 'LATE' | 'ABSENT' | 'EXCUSED'

interface CalendarPlan {
  lessons: readonly Lesson[]
  absences: readonly Absence[]
  series: ReadonlyMap<Group, string>
  groups: readonly Group[]
  teachers: readonly Teacher[]
  students: readonly Person[]
}

/** Rows of the database `calendar`; its `group_states` repeat what the database `groups` says. */
export function calendarRows(plan: CalendarPlan, now: Date) {
  const random = createRandom('calendar')
  const unavailableId = createIds('teacher_unavailable')
  const attendanceId = createIds('lesson_attendance')
  const participants = plan.lessons.flatMap((lesson) => participantRows(lesson, now, random))
  const participantId = createIds('lesson_participants')
  return {
    lesson_series: [...plan.series].flatMap(([group, id]) => seriesRow(group, id, now)),
    lessons: plan.lessons.map(lessonRow),
    lesson_participants: participants.map(({ row }) => ({ id: participantId(), ...row })),
    lesson_attendance: participants.flatMap(({ attendance }) =>
      attendance ? [{ id: attendanceId(), ...attendance }] : [],
    ),
    teacher_schedules: scheduleRows(plan.teachers, now),
    teacher_unavailable: plan.absences.map(({ teacher, startsAt, endsAt, reason }) => ({
      id: unavailableId(),
      teacher_telegram_id: teacher.telegramId,
      starts_at: startsAt,
      ends_at: endsAt,
      reason,
      created_at: before(now, 25),
      updated_at: before(now, 25),
    })),
    calendar_feeds: feedRows([...plan.teachers, ...plan.students], now),
    group_states: plan.groups.map((group) => ({
      id: group.id,
      status: group.status,
      source_version: groupVersion(group),
      created_at: changedAt(group),
      updated_at: changedAt(group),
    })),
  }
}

function seriesRow({ taughtBy, timetable, ...group }: Group, id: string, now: Date) {
  if (!timetable) return []
  const createdAt = before(now, 42 - group.number / 10)
  return [
    {
      id,
      teacher_telegram_id: taughtBy.telegramId,
      group_id: group.id,
      title: group.name,
      description: null,
      local_start: timetable.localStart,
      timezone: taughtBy.timezone,
      duration_minutes: group.slot.minutes,
      rrule: timetable.rrule,
      until: timetable.until,
      meeting_url: meetingUrl(group.number),
      created_at: createdAt,
      updated_at: createdAt,
    },
  ]
}

function lessonRow(lesson: Lesson) {
  const { originalStartsAt, startsAt, cancelledAt, createdAt, group } = lesson
  return {
    id: lesson.id,
    teacher_telegram_id: lesson.teacher.telegramId,
    group_id: group?.id ?? null,
    title: lesson.title,
    description: null,
    starts_at: startsAt,
    ends_at: lesson.endsAt,
    timezone: lesson.teacher.timezone,
    status: lesson.status,
    location: null,
    meeting_url: meetingUrl(group?.number ?? 100 + lesson.teacher.number),
    series_id: lesson.seriesId,
    original_starts_at: originalStartsAt,
    cancelled_at: cancelledAt,
    cancel_reason: lesson.cancelReason,
    version: lessonVersion(lesson),
    created_at: createdAt,
    updated_at: lessonChangedAt(lesson),
  }
}

function meetingUrl(room: number): string {
  return `https://meet.example.org/room-${String(room + 1).padStart(3, '0')}`
}

function participantRows(lesson: Lesson, now: Date, random: Random) {
  const isOver = lesson.status === 'COMPLETED' || lesson.status === 'MISSED'
  return lesson.participants.map((student) => {
    const came = attendanceOf(lesson, random)
    const response = responseTo(lesson, isOver ? came : null, now, random)
    const respondedAt =
      response === 'PENDING' ? null : earliest(before(lesson.startsAt, 1, 20), before(now, 0, 45))
    return {
      row: {
        lesson_id: lesson.id,
        starts_at: lesson.startsAt,
        ends_at: lesson.endsAt,
        lesson_status: lesson.status,
        student_telegram_id: student.telegramId,
        response,
        responded_at: respondedAt,
        created_at: lesson.createdAt,
        updated_at: respondedAt ?? lesson.createdAt,
      },
      attendance: isOver ? attendanceRow(lesson, student, came, now, random) : null,
    }
  })
}

function attendanceOf({ status }: Lesson, random: Random): AttendanceStatus {
  if (status === 'MISSED') return 'ABSENT'
  const chance = random.next()
  if (chance < 0.82) return 'PRESENT'
  if (chance < 0.91) return 'LATE'
  return chance < 0.96 ? 'ABSENT' : 'EXCUSED'
}

/** Past lessons were mostly accepted, those of the next days partly, later ones not yet answered. */
function responseTo(lesson: Lesson, came: AttendanceStatus | null, now: Date, random: Random) {
  const chance = random.next()
  if (came === 'EXCUSED') return 'DECLINED'
  if (came) return chance < 0.9 ? 'ACCEPTED' : 'PENDING'
  if (lesson.startsAt > before(now, -8)) return 'PENDING'
  if (chance < 0.6) return 'ACCEPTED'
  return chance < 0.66 ? 'DECLINED' : 'PENDING'
}

const remarks = {
  ru: {
    PRESENT: [
      'Отличная работа на занятии',
      'Хорошее домашнее задание',
      'Стоит повторить новые слова',
    ],
    LATE: ['Опоздание из-за пробок', 'Проблемы со связью в начале'],
    ABSENT: ['Без предупреждения'],
    EXCUSED: ['По болезни', 'Командировка'],
  },
  en: {
    PRESENT: ['Spoke a lot today', 'Very good homework', 'Please revise the new words'],
    LATE: ['Stuck at work', 'Connection trouble at the start'],
    ABSENT: ['No word from the student'],
    EXCUSED: ['Ill', 'Away on business'],
  },
}

function attendanceRow(
  lesson: Lesson,
  student: Person,
  status: AttendanceStatus,
  now: Date,
  random: Random,
) {
  const length = (lesson.endsAt.getTime() - lesson.startsAt.getTime()) / 60_000
  const minutes = { PRESENT: length, LATE: length - random.int(5, 25), ABSENT: 0, EXCUSED: 0 }[
    status
  ]
  const markedAt = earliest(before(lesson.endsAt, 0, -random.int(2, 40)), now)
  const isRemarked = status === 'EXCUSED' || random.chance(status === 'PRESENT' ? 0.15 : 0.6)
  return {
    lesson_id: lesson.id,
    student_telegram_id: student.telegramId,
    status,
    minutes,
    remark: isRemarked ? random.pick(remarks[student.speech][status]) : null,
    marked_by_telegram_id: lesson.teacher.telegramId,
    marked_at: markedAt,
    created_at: markedAt,
    updated_at: markedAt,
  }
}

const weekdayHours = [
  { from: '10:00', to: '13:00' },
  { from: '15:00', to: '21:00' },
]

/** Monday to Friday in two stretches, on Saturday until early afternoon. */
function scheduleRows(teachers: readonly Teacher[], now: Date) {
  const nextId = createIds('teacher_schedules')
  const createdAt = before(now, 90)
  const week = [1, 2, 3, 4, 5].flatMap((weekday) =>
    weekdayHours.map((hours) => ({ weekday, ...hours })),
  )
  return teachers.flatMap(({ telegramId, timezone }) =>
    [...week, { weekday: 6, from: '10:00', to: '14:00' }].map(({ weekday, from, to }) => ({
      id: nextId(),
      teacher_telegram_id: telegramId,
      weekday,
      local_from: from,
      local_to: to,
      timezone,
      valid_from: localDate(createdAt, timezone).toString(),
      valid_until: null,
      created_at: createdAt,
      updated_at: createdAt,
    })),
  )
}

function feedRows(people: readonly Person[], now: Date) {
  const nextId = createIds('calendar_feeds')
  return people
    .filter((_, index) => index % 6 === 0)
    .map(({ telegramId }, index) => ({
      id: nextId(),
      person_telegram_id: telegramId,
      token_hash: demoTokenHash(`feed ${telegramId}`),
      revoked_at: index % 10 === 7 ? before(now, 5) : null,
      created_at: before(now, 30),
      updated_at: index % 10 === 7 ? before(now, 5) : before(now, 30),
    }))
}
