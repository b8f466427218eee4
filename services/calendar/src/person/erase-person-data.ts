import { forgetTraces, transact } from '@classgram/database'
import type { ErasedData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { type ToldLesson, tellLessonChanged, toldColumns } from '../lesson/tell-lesson-changed.ts'

interface Subject {
  telegramId: bigint
  now: Date
}

/**
 * Takes a person out of the calendar. Lessons that have begun remain for the others who were there,
 * and name the person by id; what is still to come is called off, or goes on without the person.
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<ErasedData> {
  const subject = { telegramId, now: ctx.clock() }
  return transact(ctx.db, ctx, async (tx) => {
    await lockLessonsToCome(tx, subject)
    const left = await leaveLessonsToCome(tx, subject)
    const unattended = await cancelWithoutStudents(tx, subject, left)
    const emptied = await emptyPrivateLessons(tx, subject, left)
    const lessons = new Set([...unattended, ...emptied, ...(await endTeaching(tx, subject))])
    const series = await endSeries(tx, subject, emptied)
    await tellLessonChanged(tx, ctx, ...(await findToldLessons(tx, [...lessons])))
    const attendance = await tx.lessonAttendance.updateMany({
      where: { studentTelegramId: telegramId, remark: { not: null } },
      data: { remark: null },
    })
    const teaches = { where: { teacherTelegramId: telegramId } }
    const schedules = await tx.teacherSchedule.deleteMany(teaches)
    const absences = await tx.teacherUnavailable.deleteMany(teaches)
    const feeds = await tx.calendarFeed.deleteMany({ where: { personTelegramId: telegramId } })
    const rows = {
      lessons: lessons.size,
      lesson_series: series,
      lesson_participants: left.length,
      lesson_attendance: attendance.count,
      teacher_schedules: schedules.count,
      teacher_unavailable: absences.count,
      calendar_feeds: feeds.count,
      ...(await forgetTraces(tx, telegramId)),
    }
    return { rows, isDone: true }
  })
}

/** As everybody who changes a lesson; in one order, lest two erasures wait for each other. */
async function lockLessonsToCome(tx: Prisma.TransactionClient, { telegramId, now }: Subject) {
  await tx.$executeRaw`
    SELECT FROM lessons WHERE id IN (
      SELECT id FROM lessons
      WHERE teacher_telegram_id = ${telegramId} AND starts_at > ${now}::timestamptz
      UNION
      SELECT lesson_id FROM lesson_participants
      WHERE student_telegram_id = ${telegramId} AND starts_at > ${now}::timestamptz
    ) ORDER BY id FOR UPDATE`
}

/** @returns ids of the lessons that the student takes no part in any more */
async function leaveLessonsToCome(tx: Prisma.TransactionClient, { telegramId, now }: Subject) {
  const left = await tx.$queryRaw<{ id: string }[]>`
    DELETE FROM lesson_participants
    WHERE student_telegram_id = ${telegramId} AND starts_at > ${now}::timestamptz
    RETURNING lesson_id AS id`
  return left.map(({ id }) => id)
}

/** Nobody would come to a lesson without a group whose only student has left. */
async function cancelWithoutStudents(
  tx: Prisma.TransactionClient,
  { now }: Subject,
  left: string[],
): Promise<string[]> {
  const cancelled = await tx.$queryRaw<{ id: string }[]>`
    UPDATE lessons l
    SET status = 'CANCELLED', cancelled_at = ${now}::timestamptz, version = version + 1,
      updated_at = ${now}::timestamptz
    WHERE id = ANY(${left}::uuid[]) AND status = 'SCHEDULED' AND group_id IS NULL
      AND NOT EXISTS (SELECT FROM lesson_participants p WHERE p.lesson_id = l.id)
    RETURNING id`
  return cancelled.map(({ id }) => id)
}

/**
 * What was written about a lesson of this student alone is about the student: `Anna, exam`, the
 * address of their home. The lesson itself remains, for it took the teacher's time.
 */
async function emptyPrivateLessons(
  tx: Prisma.TransactionClient,
  { telegramId, now }: Subject,
  left: string[],
): Promise<string[]> {
  const emptied = await tx.$queryRaw<{ id: string }[]>`
    UPDATE lessons l
    SET title = 'Lesson', description = NULL, location = NULL, meeting_url = NULL,
      cancel_reason = NULL, version = version + 1, updated_at = ${now}::timestamptz
    WHERE group_id IS NULL
      AND id IN (
        SELECT unnest(${left}::uuid[])
        UNION
        SELECT lesson_id FROM lesson_participants WHERE student_telegram_id = ${telegramId})
      AND NOT EXISTS (
        SELECT FROM lesson_participants p
        WHERE p.lesson_id = l.id AND p.student_telegram_id <> ${telegramId})
      AND (title <> 'Lesson'
        OR num_nonnulls(description, location, meeting_url, cancel_reason) > 0)
    RETURNING id`
  return emptied.map(({ id }) => id)
}

/** Calls off what the teacher was to give, and removes the places and reasons that the teacher gave. */
async function endTeaching(
  tx: Prisma.TransactionClient,
  { telegramId, now }: Subject,
): Promise<string[]> {
  const cancelled = await tx.$queryRaw<{ id: string }[]>`
    UPDATE lessons
    SET status = 'CANCELLED', cancelled_at = ${now}::timestamptz, version = version + 1,
      updated_at = ${now}::timestamptz
    WHERE teacher_telegram_id = ${telegramId} AND status = 'SCHEDULED'
      AND starts_at > ${now}::timestamptz
    RETURNING id`
  const emptied = await tx.$queryRaw<{ id: string }[]>`
    UPDATE lessons
    SET location = NULL, meeting_url = NULL, cancel_reason = NULL, version = version + 1,
      updated_at = ${now}::timestamptz
    WHERE teacher_telegram_id = ${telegramId}
      AND num_nonnulls(location, meeting_url, cancel_reason) > 0
    RETURNING id`
  return [...cancelled, ...emptied].map(({ id }) => id)
}

function findToldLessons(tx: Prisma.TransactionClient, ids: string[]) {
  return tx.$queryRaw<ToldLesson[]>`
    SELECT ${toldColumns} FROM lessons l WHERE l.id = ANY(${ids}::uuid[])`
}

/** Ends the teacher's series, and those whose lessons were for this student alone, which lose their words. */
async function endSeries(
  tx: Prisma.TransactionClient,
  { telegramId, now }: Subject,
  emptied: string[],
): Promise<number> {
  const given = await tx.$executeRaw`
    UPDATE lesson_series
    SET until = least(until, ${now}::timestamptz), location = NULL, meeting_url = NULL,
      version = version + 1, updated_at = ${now}::timestamptz
    WHERE teacher_telegram_id = ${telegramId}
      AND (until IS NULL OR until > ${now}::timestamptz OR num_nonnulls(location, meeting_url) > 0)`
  const taken = await tx.$executeRaw`
    UPDATE lesson_series s
    SET until = least(until, ${now}::timestamptz), title = 'Lesson', description = NULL,
      location = NULL, meeting_url = NULL, version = version + 1,
      updated_at = ${now}::timestamptz
    WHERE id IN (SELECT series_id FROM lessons WHERE id = ANY(${emptied}::uuid[]))
      AND NOT EXISTS (
        SELECT FROM lessons l JOIN lesson_participants p ON p.lesson_id = l.id
        WHERE l.series_id = s.id AND p.student_telegram_id <> ${telegramId})`
  return given + taken
}
