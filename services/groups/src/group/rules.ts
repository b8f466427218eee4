import { forbidden } from '@classgram/errors'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import { isPerson } from '../relations.ts'

export const name = z.string().trim().min(1, 'must not be empty').max(120)
export const description = z.string().trim().max(2000).nullish()
export const capacity = z.int().min(1).max(200)

/** @throws FORBIDDEN unless the viewer runs the group or is an administrator */
export function assertRunsGroup(
  { viewer }: RequestContext,
  group: { teacherTelegramId: bigint },
): void {
  if (viewer.kind === 'person' && viewer.role === 'ADMIN') return
  if (!isPerson(viewer, group.teacherTelegramId)) {
    throw forbidden('Only the teacher of the group and administrators may do this.')
  }
}
