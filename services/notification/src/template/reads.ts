import { afterCreated, type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { NotificationTemplateFilter } from '../generated/graphql.ts'

export async function readTemplates(
  { db }: RequestContext,
  { filter, ...args }: PageArgs & { filter?: NotificationTemplateFilter | null },
) {
  const page = parsePage(args)
  const { kind, channel, locale, activeOnly } = filter ?? {}
  const templates = await db.notificationTemplate.findMany({
    where: {
      kind: kind ?? undefined,
      channel: channel ?? undefined,
      locale: locale ?? undefined,
      isActive: activeOnly === false ? undefined : true,
      ...afterCreated(page, 'lt'),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1,
  })
  return toConnection(templates, page)
}
