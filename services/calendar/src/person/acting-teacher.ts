import { badUserInput, forbidden } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import { isAdmin, isPerson } from '../relations.ts'

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
  if (input.teacherTelegramId != null && input.teacherTelegramId !== viewer.telegramId) {
    throw forbidden('Teachers do this for themselves only.')
  }
  return viewer.telegramId
}

/** @throws FORBIDDEN unless the viewer is the row's teacher or an administrator */
export function assertOwnTeacher(
  { viewer }: RequestContext,
  row: { teacherTelegramId: bigint },
): void {
  if (isAdmin(viewer) || isPerson(viewer, row.teacherTelegramId)) return
  throw forbidden('Only the teacher and administrators may do this.')
}
