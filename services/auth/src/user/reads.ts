import { forbidden, unauthenticated } from '@classgram/errors'
import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { UserFilter } from '../generated/graphql.ts'
import type { User } from '../generated/prisma/client.ts'
import { isSelf } from '../relations.ts'

/** @returns null when the token outlived the person's record */
export async function readMe({ viewer, loaders }: RequestContext): Promise<User | null> {
  if (viewer.kind !== 'person') throw unauthenticated()
  return (await loaders.userByTelegramId.load(viewer.telegramId)) ?? null
}

/**
 * @throws FORBIDDEN for people whom the viewer has nothing to do with, whether they exist or not:
 * nobody can find out who goes to this school
 */
export async function readUser(ctx: RequestContext, telegramId: bigint): Promise<User | null> {
  const { viewer, loaders } = ctx
  const seesEverybody =
    viewer.kind === 'service' || (viewer.kind === 'person' && viewer.role === 'ADMIN')
  const may =
    seesEverybody || isSelf({ telegramId }, ctx) || (await loaders.taughtByViewer.load(telegramId))
  if (!may) throw forbidden('You are not allowed to see this person.')
  return (await loaders.userByTelegramId.load(telegramId)) ?? null
}

export async function readUsers(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: UserFilter | null },
) {
  const page = parsePage(args)
  const users = await ctx.db.user.findMany({
    where: {
      role: filter?.role ?? undefined,
      isActive: filter?.isActive ?? undefined,
      ...(page.after && {
        OR: [
          { createdAt: { gt: page.after.sort } },
          { createdAt: page.after.sort, id: { gt: page.after.id } },
        ],
      }),
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit + 1,
  })
  return toConnection(users, page, (user) => ({ sort: user.createdAt, id: user.id }))
}
