import { badUserInput, conflict } from '@classgram/errors'
import type { RequestContext } from './context.ts'

/**
 * Asks the teachers service whether there is such a teacher.
 *
 * @throws BAD_USER_INPUT when there is not
 */
export async function assertTeacherExists(ctx: RequestContext, telegramId: bigint): Promise<void> {
  const { teacher } = await ctx.sisters.ask<{ teacher: object | null }>('teachers', {
    query:
      'query TeacherExists($telegramId: TelegramID!) { teacher(telegramId: $telegramId) { telegramId } }',
    variables: { telegramId },
    requestId: ctx.requestId,
  })
  if (teacher === null) {
    throw badUserInput('input.teacherTelegramId', `There is no teacher ${telegramId}.`)
  }
}

/**
 * Asks the groups service whether the group takes lessons of this teacher.
 *
 * @throws BAD_USER_INPUT for no such group or another teacher's, CONFLICT `GROUP_NOT_RUNNING`
 */
export async function assertTeachesGroup(
  ctx: RequestContext,
  teacherTelegramId: bigint,
  groupId: string,
): Promise<void> {
  const { group } = await ctx.sisters.ask<{
    group: { status: string; teacher: { telegramId: string } | null } | null
  }>('groups', {
    query:
      'query GroupOfLesson($id: UUID!) { group(id: $id) { id status teacher { telegramId } } }',
    variables: { id: groupId },
    requestId: ctx.requestId,
  })
  if (!group) throw badUserInput('input.groupId', `There is no group ${groupId}.`)
  if (group.teacher?.telegramId !== String(teacherTelegramId)) {
    throw badUserInput('input.groupId', 'The group is taught by another teacher.')
  }
  if (group.status !== 'OPEN' && group.status !== 'RUNNING') {
    throw conflict('GROUP_NOT_RUNNING', 'Only groups that are open or running have lessons.', {
      status: group.status,
    })
  }
}

/**
 * Asks the students service, in one question, whether there are such students.
 *
 * @param fieldOf the input field that names the student at this place of the list
 * @throws BAD_USER_INPUT for the first who is not there
 */
export async function assertStudentsExist(
  ctx: RequestContext,
  telegramIds: readonly bigint[],
  fieldOf: (index: number) => string,
): Promise<void> {
  if (telegramIds.length === 0) return
  const parameters = telegramIds.map((_, i) => `$s${i}: TelegramID!`).join(', ')
  const fields = telegramIds.map((_, i) => `s${i}: student(telegramId: $s${i}) { telegramId }`)
  const found = await ctx.sisters.ask<Record<string, object | null>>('students', {
    query: `query StudentsExist(${parameters}) { ${fields.join(' ')} }`,
    variables: Object.fromEntries(telegramIds.map((id, i) => [`s${i}`, id])),
    requestId: ctx.requestId,
  })
  const missing = telegramIds.findIndex((_, i) => !found[`s${i}`])
  if (missing >= 0) {
    throw badUserInput(fieldOf(missing), `There is no student ${telegramIds[missing]}.`)
  }
}
