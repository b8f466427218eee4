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
 * What to tell the client when a booking was refused: CONFLICT `TEACHER_BUSY`, `GROUP_BUSY` or
 * `STUDENT_BUSY` with the time of the lesson in the way, and its id if the viewer may see it.
 *
 * @param bookingOf what the transaction tried to write, as far as it came
 */
export function bookingRefusals(ctx: RequestContext, bookingOf: () => Booking | undefined) {
  const busy = (reason: string, who: string, find: FindLesson) => async () => {
    const booking = bookingOf()
    const inTheWay = booking && (await find(booking))
    return conflict(reason, `${who} has another lesson at that time.`, inTheWay)
  }
  return {
    lessons_teacher_no_overlap: busy('TEACHER_BUSY', 'The teacher', (booking) =>
      findLesson(ctx, booking, { teacherTelegramId: booking.teacherTelegramId }),
    ),
    lessons_group_no_overlap: busy('GROUP_BUSY', 'The group', (booking) =>
      findLesson(ctx, booking, { groupId: booking.groupId ?? null }),
    ),
    lesson_participants_student_no_overlap: busy('STUDENT_BUSY', 'A student', (booking) =>
      findLessonOfStudent(ctx, booking),
    ),
  }
}

type FindLesson = (booking: Booking) => Promise<Record<string, unknown> | undefined>

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
  const [other] = await ctx.db.$queryRaw<BusyTime[]>`
    SELECT lesson_id AS id, student_telegram_id AS "studentTelegramId", starts_at AS "startsAt",
      ends_at AS "endsAt"
    FROM lesson_participants
    WHERE student_telegram_id = ANY(${studentTelegramIds}::bigint[])
      AND lesson_id IS DISTINCT FROM ${lessonId ?? null}::uuid
      AND lesson_status <> 'CANCELLED' AND response <> 'DECLINED'
      AND starts_at < ${endsAt}::timestamptz AND ends_at > ${startsAt}::timestamptz
    ORDER BY starts_at, id LIMIT 1`
  if (!other) return undefined
  return {
    studentTelegramId: String(other.studentTelegramId),
    ...(await describe(ctx, other)),
  }
}

interface BusyTime {
  id: string
  studentTelegramId: bigint
  startsAt: Date
  endsAt: Date
}

async function describe(
  { loaders }: RequestContext,
  { id, startsAt, endsAt }: { id: string; startsAt: Date; endsAt: Date },
) {
  const visible = await loaders.lessonById.load(id)
  return { startsAt, endsAt, ...(visible && { lessonId: id }) }
}
