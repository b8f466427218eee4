import type { Relations } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { StudentRow } from './rows.ts'

export function isPerson(viewer: Viewer, telegramId: bigint): boolean {
  return viewer.kind === 'person' && viewer.telegramId === telegramId
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'ADMIN'
}

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  Student: {
    SELF: ({ telegramId }: StudentRow, { viewer }) => isPerson(viewer, telegramId),
    OWN_TEACHER: ({ telegramId }: StudentRow, { loaders }) =>
      loaders.taughtByViewer.load(telegramId),
  },
}
