import { afterCreated, type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'

export async function readOauthClients({ db }: RequestContext, args: PageArgs) {
  const page = parsePage(args)
  const clients = await db.oauthClient.findMany({
    where: afterCreated(page, 'gt'),
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit + 1,
  })
  return toConnection(clients, page)
}
