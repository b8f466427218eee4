import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { QueryNotificationTemplatesArgs } from '../generated/graphql.ts'

export async function readTemplates(
  { db }: RequestContext,
  { kind, channel, locale, activeOnly, ...args }: QueryNotificationTemplatesArgs & PageArgs,
) {
  const page = parsePage(args)
  const templates = await db.notificationTemplate.findMany({
    where: {
      kind: kind ?? undefined,
      channel: channel ?? undefined,
      locale: locale ?? undefined,
      isActive: activeOnly === false ? undefined : true,
      OR: page.after && [
        { createdAt: { lt: page.after.sort } },
        { createdAt: page.after.sort, id: { lt: page.after.id } },
      ],
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1,
  })
  return toConnection(templates, page, (template) => ({
    sort: template.createdAt,
    id: template.id,
  }))
}
