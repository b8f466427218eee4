import { transact } from '@classgram/database'
import { badUserInput, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { AttendanceMarkInput, MarkAttendanceInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { lockOwnLesson } from '../lesson/lock-lesson.ts'
import { readAgain } from '../lesson/reads.ts'
import { assertNotCancelled, assertStarted, optionalText } from '../lesson/rules.ts'
import type { LessonRow } from '../rows.ts'

const mark = z.object({
  studentTelegramId: z.bigint(),
  status: z.enum(['PRESENT', 'LATE', 'ABSENT', 'EXCUSED']),
  minutes: z.int().min(0).max(1440).nullish(),
  remark: optionalText(500),
})

const rules = z.object({
  marks: z
    .array(mark)
    .min(1, 'must not be empty')
    .max(200)
    .refine(
      (marks) => new Set(marks.map((entry) => entry.studentTelegramId)).size === marks.length,
      'must name nobody twice',
    ),
})

/**
 * Marks who was at a lesson, all or none; marks that are there already are corrected.
 *
 * @throws FORBIDDEN for another teacher's lesson, NOT_FOUND, BAD_USER_INPUT (somebody who takes no
 * part among the rest), or CONFLICT: `LESSON_CANCELLED`, `LESSON_NOT_STARTED`
 */
export async function markAttendance(
  ctx: RequestContext,
  input: MarkAttendanceInput,
): Promise<{ lesson: LessonRow }> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const { marks } = parseInput(rules, input)
  await transact(ctx.db, ctx, async (tx) => {
    const lesson = await lockOwnLesson(ctx, tx, input.lessonId)
    assertNotCancelled(lesson)
    const now = ctx.clock()
    assertStarted(lesson, now)
    await assertParticipants(tx, input.lessonId, marks)
    await writeMarks(tx, { lessonId: input.lessonId, marks, by: viewer.telegramId, now })
  })
  return { lesson: await readAgain(ctx, input.lessonId) }
}

async function assertParticipants(
  tx: Prisma.TransactionClient,
  lessonId: string,
  marks: readonly AttendanceMarkInput[],
): Promise<void> {
  const entries = await tx.lessonParticipant.findMany({
    where: { lessonId },
    select: { studentTelegramId: true },
  })
  const participants = new Set(entries.map((entry) => entry.studentTelegramId))
  const stranger = marks.findIndex((entry) => !participants.has(entry.studentTelegramId))
  if (stranger >= 0) {
    throw badUserInput(
      `input.marks.${stranger}.studentTelegramId`,
      `${marks[stranger]?.studentTelegramId} does not take part in this lesson.`,
    )
  }
}

/** A mark that says the same as before stays untouched, with its author and time. */
async function writeMarks(
  tx: Prisma.TransactionClient,
  {
    lessonId,
    marks,
    by,
    now,
  }: { lessonId: string; marks: readonly AttendanceMarkInput[]; by: bigint; now: Date },
): Promise<void> {
  const rows = marks.map(({ studentTelegramId, ...rest }) => ({
    ...rest,
    student: String(studentTelegramId),
  }))
  await tx.$executeRaw`
    INSERT INTO lesson_attendance AS was
      (lesson_id, student_telegram_id, status, minutes, remark, marked_by_telegram_id, marked_at)
    SELECT ${lessonId}::uuid, student, status, minutes, remark, ${by}, ${now}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS mark(student bigint, status attendance_status, minutes smallint, remark text)
    ON CONFLICT (lesson_id, student_telegram_id) DO UPDATE SET
      status = excluded.status, minutes = excluded.minutes, remark = excluded.remark,
      marked_by_telegram_id = excluded.marked_by_telegram_id, marked_at = excluded.marked_at,
      updated_at = excluded.marked_at
    WHERE (was.status, was.minutes, was.remark)
      IS DISTINCT FROM (excluded.status, excluded.minutes, excluded.remark)`
}
