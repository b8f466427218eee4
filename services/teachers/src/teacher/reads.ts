import { badUserInput } from '@classgram/errors'
import { isPerson, isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { TeacherRecord } from './loaders.ts'

const mostAsked = 500

/** @returns null when there is no such teacher, or none that the viewer may know of */
export async function readTeacher(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<TeacherRecord | null> {
  const teacher = await ctx.loaders.teacherByTelegramId.load(telegramId)
  return teacher && isVisible(teacher, ctx) ? teacher : null
}

/** @throws BAD_USER_INPUT for more than 500 */
export async function readKnownTeachers(
  { loaders }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<TeacherRecord[]> {
  if (telegramIds.length > mostAsked) {
    throw badUserInput('telegramIds', `At most ${mostAsked} people at a time.`)
  }
  const found = await Promise.all(telegramIds.map((id) => loaders.teacherByTelegramId.load(id)))
  return found.filter((teacher) => teacher !== undefined)
}

/** Who waits, is suspended or has left is nobody's business but their own and the school's. */
function isVisible(teacher: TeacherRecord, { viewer }: RequestContext): boolean {
  if (teacher.status === 'ACTIVE' || isStaffOrProgram(viewer)) return true
  return isPerson(viewer, teacher.telegramId)
}
