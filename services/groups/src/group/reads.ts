import { badUserInput } from '@classgram/errors'
import { isStaffOrProgram, isTeacher } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { Group } from '../generated/prisma/client.ts'
import { findTaughtStudents } from './loaders.ts'

const maxStudentsAsked = 500

/** Drafts do not exist for anybody but their teacher, administrators and sister services. */
export function isVisible(group: Group, { viewer }: RequestContext): boolean {
  if (group.status !== 'DRAFT' || isStaffOrProgram(viewer)) return true
  return isTeacher(viewer, group.teacherTelegramId)
}

/** @returns null when there is no such group, or none that the viewer may know of */
export async function readGroup(ctx: RequestContext, id: string): Promise<Group | null> {
  const group = await ctx.loaders.groupById.load(id)
  return group && isVisible(group, ctx) ? group : null
}

export async function readTaughtStudents(
  ctx: RequestContext,
  teacherTelegramId: bigint,
  studentTelegramIds: readonly bigint[],
): Promise<bigint[]> {
  if (studentTelegramIds.length > maxStudentsAsked) {
    throw badUserInput('studentTelegramIds', `At most ${maxStudentsAsked} students at a time.`)
  }
  return findTaughtStudents(ctx.db, teacherTelegramId, studentTelegramIds)
}
