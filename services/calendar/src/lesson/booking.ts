import { violatedConstraint } from '@classgram/database'
import { conflict } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** Whose time a lesson takes, and when. */
export interface Booking {
  /** The lesson itself, when there is one already. */
  lessonId?: string
  teacherTelegramId: bigint
  groupId?: string | null
  studentTelegramIds: readonly bigint[]
  startsAt: Date
  endsAt: Date
}

/**
 * Makes bookings of the same people wait for each other until the transaction ends, in one order
 * for all. The exclusion constraints would refuse the second of two by themselves, but of many that
 * write at one moment each waits there for the others: Postgres resolves that deadlock only a
 * second later, at the cost of a transaction, and again for the next two.
 */
export async function takeTurns(tx: Prisma.TransactionClient, booking: Booking): Promise<void> {
  const names = [
    `teacher:${booking.teacherTelegramId}`,
    ...(booking.groupId ? [`group:${booking.groupId}`] : []),
    ...booking.studentTelegramIds.map((id) => `student:${id}`),
  ]
  await tx.$executeRaw`
    SELECT pg_advisory_xact_lock(key) FROM (
      SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest(${names}::text[]) AS name
      ORDER BY key
    ) AS turns`
}

/**
 * What to tell the client when a write failed. Call it after the rollback.
 *
 * @param booking what was written, as far as it is known; without it the error stays as it is
 * @returns CONFLICT `TEACHER_BUSY`, `GROUP_BUSY` or `STUDENT_BUSY` with the time of the lesson in
 * the way, and its id if the viewer may see it; any other error as it came
 */
export async function explainConflict(
  ctx: RequestContext,
  error: unknown,
  booking: Booking | undefined,
): Promise<unknown> {
  if (!booking) return error
  switch (violatedConstraint(error)) {
    case 'lessons_teacher_no_overlap':
      return conflict(
        'TEACHER_BUSY',
        'The teacher has another lesson at that time.',
        await findLesson(ctx, booking, { teacherTelegramId: booking.teacherTelegramId }),
      )
    case 'lessons_group_no_overlap':
      return conflict(
        'GROUP_BUSY',
        'The group has another lesson at that time.',
        await findLesson(ctx, booking, { groupId: booking.groupId ?? null }),
      )
    case 'lesson_participants_student_no_overlap':
      return conflict(
        'STUDENT_BUSY',
        'A student has another lesson at that time.',
        await findLessonOfStudent(ctx, booking),
      )
    default:
      return error
  }
}

async function findLesson(
  ctx: RequestContext,
  { lessonId, startsAt, endsAt }: Booking,
  whose: Prisma.LessonWhereInput,
) {
  const other = await ctx.db.lesson.findFirst({
    where: {
      ...whose,
      id: { not: lessonId },
      status: { not: 'CANCELLED' },
      startsAt: { lt: endsAt },
      endsAt: { gt: startsAt },
    },
    orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
    select: { id: true, startsAt: true, endsAt: true },
  })
  return other ? describe(ctx, other) : undefined
}

async function findLessonOfStudent(
  ctx: RequestContext,
  { lessonId, studentTelegramIds, startsAt, endsAt }: Booking,
) {
  const other = await ctx.db.lessonParticipant.findFirst({
    where: {
      studentTelegramId: { in: [...studentTelegramIds] },
      lessonId: { not: lessonId },
      lessonStatus: { not: 'CANCELLED' },
      response: { not: 'DECLINED' },
      startsAt: { lt: endsAt },
      endsAt: { gt: startsAt },
    },
    orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
    select: { lessonId: true, studentTelegramId: true, startsAt: true, endsAt: true },
  })
  if (!other) return undefined
  return {
    studentTelegramId: String(other.studentTelegramId),
    ...(await describe(ctx, { ...other, id: other.lessonId })),
  }
}

async function describe(
  { loaders }: RequestContext,
  { id, startsAt, endsAt }: { id: string; startsAt: Date; endsAt: Date },
) {
  const visible = await loaders.lessonById.load(id)
  return { startsAt, endsAt, ...(visible && { lessonId: id }) }
}
