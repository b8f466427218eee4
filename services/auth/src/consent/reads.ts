import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { UserRow } from '../rows.ts'

export async function readConsents({ loaders }: RequestContext, user: UserRow, args: PageArgs) {
  const page = parsePage(args)
  const consents = await loaders.consentPage(page).load(user.telegramId)
  return toConnection(consents, page, ({ acceptedAt, id }) => ({ sort: acceptedAt, id }))
}
