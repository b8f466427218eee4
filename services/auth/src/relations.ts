import type { Relations } from '@classgram/graphql'
import { isPerson } from '@classgram/viewer'
import type { RequestContext } from './context.ts'
import type { UserRow } from './rows.ts'

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  User: {
    SELF: (user: UserRow, { viewer }) => isPerson(viewer, user.telegramId),
    OWN_TEACHER: (user: UserRow, { loaders }) => loaders.taughtByViewer.load(user.telegramId),
  },
}
