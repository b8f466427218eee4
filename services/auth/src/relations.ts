import type { Relations } from '@classgram/graphql'
import type { RequestContext } from './context.ts'
import type { UserRow } from './rows.ts'

export const isSelf = (
  { telegramId }: { telegramId: bigint },
  { viewer }: Pick<RequestContext, 'viewer'>,
) => viewer.kind === 'person' && viewer.telegramId === telegramId

/** How this service judges the relations that rules in its SDL name. */
export const relations: Relations<RequestContext> = {
  User: {
    SELF: isSelf,
    OWN_TEACHER: (user: UserRow, { loaders }) => loaders.taughtByViewer.load(user.telegramId),
  },
}
