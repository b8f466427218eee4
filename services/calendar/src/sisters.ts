import { badUserInput, conflict } from '@classgram/errors'
import { isAdmin } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import { assertRunning, type GroupState } from './group/group-state.ts'

/** @throws BAD_USER_INPUT when the teachers service knows no such teacher */
export async function assertTeacherExists(ctx: RequestContext, telegramId: bigint): Promise<void> {
  await statusOfTeacher(ctx, telegramId)
}

/** @throws BAD_USER_INPUT when there is no such teacher, CONFLICT `TEACHER_NOT_ACTIVE` */
export async function assertTeacherActive(ctx: RequestContext, telegramId: bigint): Promise<void> {
  const status = await statusOfTeacher(ctx, telegramId)
  if (status !== 'ACTIVE') {
    throw conflict('TEACHER_NOT_ACTIVE', 'Only active teachers give lessons.', { status })
  }
}

async function statusOfTeacher({ ask }: RequestContext, telegramId: bigint): Promise<string> {
  const { teacher } = await ask<{ teacher: { status: string } | null }>(
    'teachers',
    `query StatusOfTeacher($telegramId: TelegramID!) {
      teacher(telegramId: $telegramId) { telegramId status }
    }`,
    { telegramId },
  )
  if (teacher) return teacher.status
  throw badUserInput('input.teacherTelegramId', `There is no teacher ${telegramId}.`)
}

/**
 * Asks the groups service for a group that takes lessons of this teacher.
 *
 * @throws BAD_USER_INPUT for another teacher's group, as for none, CONFLICT `GROUP_NOT_RUNNING`
 */
export async function findGroupOfTeacher(
  { ask }: RequestContext,
  teacherTelegramId: bigint,
  groupId: string,
): Promise<GroupState> {
  const { group } = await ask<{
    group: (GroupState & { teacher: { telegramId: string } | null }) | null
  }>(
    'groups',
    'query GroupOfLesson($id: UUID!) { group(id: $id) { id status version teacher { telegramId } } }',
    { id: groupId },
  )
  if (group?.teacher?.telegramId !== String(teacherTelegramId)) {
    throw badUserInput('input.groupId', `The teacher has no group ${groupId}.`)
  }
  assertRunning(group)
  return group
}

/**
 * Whether the viewer may put these students into a lesson: a teacher those whom they teach now, an
 * administrator everybody. Otherwise a teacher could send lessons to strangers, and learn from
 * `STUDENT_BUSY` when they have some.
 *
 * @param telegramIds at most 500
 * @param fieldOf the input field that names the student at this place of the list
 * @throws BAD_USER_INPUT for the first who may not; a teacher does not learn whether there is such
 * a student
 */
export async function assertMayBook(
  ctx: RequestContext,
  telegramIds: readonly bigint[],
  fieldOf: (index: number) => string,
): Promise<void> {
  if (telegramIds.length === 0) return
  const byAdmin = isAdmin(ctx.viewer)
  const bookable = await (byAdmin ? findStudents : findTaughtStudents)(ctx, telegramIds)
  const refused = telegramIds.findIndex((id) => !bookable.has(String(id)))
  if (refused < 0) return
  const id = telegramIds[refused]
  throw badUserInput(
    fieldOf(refused),
    byAdmin ? `There is no student ${id}.` : `You do not teach a student ${id}.`,
  )
}

async function findTaughtStudents(
  { ask, viewer }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<Set<string>> {
  if (viewer.kind !== 'person') return new Set()
  const { taughtStudents } = await ask<{ taughtStudents: string[] }>(
    'groups',
    `query TaughtStudents($teacherTelegramId: TelegramID!, $studentTelegramIds: [TelegramID!]!) {
      taughtStudents(teacherTelegramId: $teacherTelegramId, studentTelegramIds: $studentTelegramIds)
    }`,
    { teacherTelegramId: viewer.telegramId, studentTelegramIds: telegramIds },
  )
  return new Set(taughtStudents)
}

async function findStudents(
  { ask }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<Set<string>> {
  const { knownStudents } = await ask<{ knownStudents: string[] }>(
    'students',
    'query KnownStudents($ids: [TelegramID!]!) { knownStudents(telegramIds: $ids) }',
    { ids: telegramIds },
  )
  return new Set(knownStudents)
}
