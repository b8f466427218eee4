import { conflict, forbidden } from '@classgram/errors'
import { lineOfText } from '@classgram/graphql'
import { isAdmin, isTeacher } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { GroupStatus } from '../generated/prisma/client.ts'

export const name = lineOfText(120).min(1, 'must not be empty')
export const description = z
  .string()
  .trim()
  .max(2000)
  .transform((text) => text || null)
  .nullish()
export const capacity = z.int().min(1).max(200)

/**
 * @param group undefined when there is none: only administrators learn that
 * @param message what everybody else is told
 * @throws FORBIDDEN unless the viewer runs the group or is an administrator
 */
export function assertRunsGroup(
  { viewer }: RequestContext,
  group: { teacherTelegramId: bigint } | undefined,
  message = 'Only the teacher of the group and administrators may do this.',
): void {
  if (isAdmin(viewer) || (group && isTeacher(viewer, group.teacherTelegramId))) return
  throw forbidden(message)
}

/** @throws FORBIDDEN: whoever became something else leaves groups, and joins none */
export function assertIsStudent({ viewer }: RequestContext): void {
  if (viewer.kind !== 'person' || viewer.role !== 'STUDENT') {
    throw forbidden('Only students join groups.')
  }
}

/** @throws CONFLICT `GROUP_CLOSED` unless the group is open or running; administrators also fill drafts */
export function assertTakesMembers(
  { viewer }: RequestContext,
  { status }: { status: GroupStatus },
): void {
  if (status === 'OPEN' || status === 'RUNNING' || (status === 'DRAFT' && isAdmin(viewer))) return
  throw conflict('GROUP_CLOSED', 'The group takes no members at the moment.', { status })
}
