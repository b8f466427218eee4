import { isPerson, isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { TeacherRecord } from './loaders.ts'

/** @returns null when there is no such teacher, or none that the viewer may know of */
export async function readTeacher(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<TeacherRecord | null> {
  const teacher = await ctx.loaders.teacherByTelegramId.load(telegramId)
  return teacher && isVisible(teacher, ctx) ? teacher : null
}

/** Who waits, is suspended or has left is nobody's business but their own and the school's. */
function isVisible(teacher: TeacherRecord, { viewer }: RequestContext): boolean {
  if (teacher.status === 'ACTIVE' || isStaffOrProgram(viewer)) return true
  return isPerson(viewer, teacher.telegramId)
}
