import type { Relations } from '@classgram/graphql'
import { isPerson } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { StudentRow } from './rows.ts'

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  Student: {
    SELF: ({ telegramId }: StudentRow, { viewer }) => isPerson(viewer, telegramId),
    OWN_TEACHER: ({ telegramId }: StudentRow, { loaders }) =>
      loaders.taughtByViewer.load(telegramId),
  },
}
