import { isStaffOrProgram, type Viewer } from '@classgram/viewer'
import { Prisma } from '../generated/prisma/client.ts'
import type { LessonAttendanceRow, LessonParticipantRow, LessonRow } from '../rows.ts'

/** A lesson as the statement gives it: what comes as JSON holds ids and instants as text. */
export type RawLesson = Omit<LessonRow, 'participants' | 'series'> & {
  participants: RawParticipant[]
  series: Jsonized<NonNullable<LessonRow['series']>> | null
}

type RawParticipant = Jsonized<Omit<LessonParticipantRow, 'teacherTelegramId' | 'attendance'>> & {
  attendance: Jsonized<LessonAttendanceRow> | null
}

type Jsonized<Row> = {
  [Key in keyof Row]: Row[Key] extends bigint | Date
    ? string
    : Row[Key] extends Date | null
      ? string | null
      : Row[Key]
}

/**
 * Columns of a lesson `l`, with the series and the participants whom the viewer may see inside it.
 * They come with the lesson because a fetch of the gateway asks for both, and then costs one
 * statement instead of three.
 */
export function lessonColumns(viewer: Viewer): Prisma.Sql {
  const seen = isStaffOrProgram(viewer)
    ? Prisma.sql`true`
    : Prisma.sql`(l.teacher_telegram_id = ${idOfTeacher(viewer)}
      OR p.student_telegram_id = ${idOf(viewer)})`
  return Prisma.sql`
    l.id, l.teacher_telegram_id AS "teacherTelegramId", l.group_id AS "groupId", l.title,
    l.starts_at AS "startsAt", l.ends_at AS "endsAt", l.timezone, l.status, l.location,
    l.meeting_url AS "meetingUrl", l.series_id AS "seriesId",
    l.original_starts_at AS "originalStartsAt", l.cancel_reason AS "cancelReason", l.version,
    l.created_at AS "createdAt", l.updated_at AS "updatedAt",
    (
      SELECT json_build_object(
        'id', s.id, 'title', s.title, 'localStart', s.local_start, 'timezone', s.timezone,
        'durationMinutes', s.duration_minutes, 'rrule', s.rrule, 'until', s.until)
      FROM lesson_series s WHERE s.id = l.series_id
    ) AS series,
    (
      SELECT coalesce(json_agg(json_build_object(
        'id', p.id, 'studentTelegramId', p.student_telegram_id::text, 'response', p.response,
        'respondedAt', p.responded_at,
        'attendance', CASE WHEN a.id IS NOT NULL THEN json_build_object(
          'status', a.status, 'minutes', a.minutes, 'remark', a.remark,
          'markedByTelegramId', a.marked_by_telegram_id::text, 'markedAt', a.marked_at) END
      ) ORDER BY p.created_at, p.id), '[]')
      FROM lesson_participants p
        LEFT JOIN lesson_attendance a
          ON a.lesson_id = p.lesson_id AND a.student_telegram_id = p.student_telegram_id
      WHERE p.lesson_id = l.id AND ${seen}
    ) AS participants`
}

/** Whether the lesson `l` exists for the viewer: they give it, take part, or see everything. */
export function isVisible(viewer: Viewer): Prisma.Sql {
  if (isStaffOrProgram(viewer)) return Prisma.sql`true`
  return Prisma.sql`(l.teacher_telegram_id = ${idOfTeacher(viewer)} OR EXISTS (
    SELECT FROM lesson_participants p
    WHERE p.lesson_id = l.id AND p.student_telegram_id = ${idOf(viewer)}))`
}

/**
 * Whether what begins and ends in these columns of `table` reaches into the span. No lesson is
 * longer than a day (`lessons_at_most_a_day`), which bounds the search in the index.
 */
export function reachesInto({ from, to }: { from: Date; to: Date }, table: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    ${table}.starts_at < ${to}::timestamptz AND ${table}.ends_at > ${from}::timestamptz
    AND ${table}.starts_at > ${from}::timestamptz - interval '24 hours')`
}

export function toLessonRow<Raw extends RawLesson>(raw: Raw) {
  const { participants, series } = raw
  return {
    ...raw,
    series: series && {
      ...series,
      localStart: new Date(`${series.localStart}Z`),
      until: toDate(series.until),
    },
    participants: participants.map(({ attendance, ...entry }) => ({
      ...entry,
      studentTelegramId: BigInt(entry.studentTelegramId),
      respondedAt: toDate(entry.respondedAt),
      teacherTelegramId: raw.teacherTelegramId,
      attendance: attendance && {
        ...attendance,
        markedByTelegramId: BigInt(attendance.markedByTelegramId),
        markedAt: new Date(attendance.markedAt),
      },
    })),
  }
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}

/** What a teacher sees of the lessons they give ends with the role. */
function idOfTeacher(viewer: Viewer): bigint {
  return viewer.kind === 'person' && viewer.role === 'TEACHER' ? viewer.telegramId : 0n
}

/** 0 is nobody's id: all are positive. */
function idOf(viewer: Viewer): bigint {
  return viewer.kind === 'person' ? viewer.telegramId : 0n
}
