import { badUserInput, forbidden, notFound } from '@classgram/errors'
import { isAdmin, isTeacher } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'

/**
 * The teacher for whom something is created: a teacher acts for themselves, an administrator says
 * for whom.
 *
 * @throws FORBIDDEN when a teacher names another, BAD_USER_INPUT when an administrator names nobody
 */
export function teacherOf(
  { viewer }: RequestContext,
  input: { teacherTelegramId?: bigint | null },
): bigint {
  if (viewer.kind !== 'person') throw forbidden()
  if (isAdmin(viewer)) {
    if (input.teacherTelegramId == null) {
      throw badUserInput('input.teacherTelegramId', 'Say for which teacher.')
    }
    return input.teacherTelegramId
  }
  const teacher = input.teacherTelegramId ?? viewer.telegramId
  if (!isTeacher(viewer, teacher)) throw forbidden('Teachers do this for themselves only.')
  return teacher
}

/**
 * The row, for its teacher and administrators.
 *
 * @param row nothing when there is none
 * @param what the kind of thing, as users call it
 * @throws FORBIDDEN for everybody else, whether it exists or not: they must not learn which ids are
 * taken. NOT_FOUND for administrators
 */
export function requireOwn<Row extends { teacherTelegramId: bigint }>(
  { viewer }: RequestContext,
  row: Row | null | undefined,
  what: string,
  id: string,
): Row {
  if (row && (isAdmin(viewer) || isTeacher(viewer, row.teacherTelegramId))) return row
  if (isAdmin(viewer)) throw notFound(what, id)
  throw forbidden('Only the teacher and administrators may do this.')
}
