import { conflict, forbidden } from '@classgram/errors'
import { isAdmin, isTeacher } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { GroupStatus } from '../generated/prisma/client.ts'

export const name = z.string().trim().min(1, 'must not be empty').max(120)
export const description = z
  .string()
  .trim()
  .max(2000)
  .transform((text) => text || null)
  .nullish()
export const capacity = z.int().min(1).max(200)

/**
 * @param group undefined when there is none: only administrators learn that
 * @throws FORBIDDEN unless the viewer runs the group or is an administrator
 */
export function assertRunsGroup(
  { viewer }: RequestContext,
  group: { teacherTelegramId: bigint } | undefined,
): void {
  if (isAdmin(viewer) || (group && isTeacher(viewer, group.teacherTelegramId))) return
  throw forbidden('Only the teacher of the group and administrators may do this.')
}

/** @throws CONFLICT `GROUP_CLOSED` unless the group is open or running; administrators also fill drafts */
export function assertTakesMembers(
  { viewer }: RequestContext,
  { status }: { status: GroupStatus },
): void {
  if (status === 'OPEN' || status === 'RUNNING' || (status === 'DRAFT' && isAdmin(viewer))) return
  throw conflict('GROUP_CLOSED', 'The group takes no members at the moment.', { status })
}
