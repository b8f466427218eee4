import { forbidden, unauthenticated } from '@classgram/errors'
import {
  afterCreated,
  type PageArgs,
  parsePage,
  parseSearch,
  toConnection,
} from '@classgram/graphql'
import { isAdmin, isPerson, isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { UserFilter } from '../generated/graphql.ts'
import type { User } from '../generated/prisma/client.ts'
import { searchUsers } from './search-users.ts'

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
  const may =
    isStaffOrProgram(viewer) ||
    isPerson(viewer, telegramId) ||
    (await loaders.taughtByViewer.load(telegramId))
  if (!may) throw forbidden('You are not allowed to see this person.')
  const user = await loaders.userByTelegramId.load(telegramId)
  // A sister asks before it writes about somebody: about who was erased nothing is to be written.
  return user && !(viewer.kind === 'service' && user.erasedAt) ? user : null
}

/** @throws FORBIDDEN for programs that ask who may sign in */
export async function readUsers(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: UserFilter | null },
) {
  // A filter would tell what the field itself does not.
  if (filter?.isActive != null && !isAdmin(ctx.viewer)) {
    throw forbidden('Only administrators ask who may sign in.')
  }
  const words = parseSearch(filter)
  if (words) return searchUsers(ctx, words, { filter, ...args })
  const page = parsePage(args)
  const users = await ctx.db.user.findMany({
    where: {
      role: filter?.role ?? undefined,
      isActive: filter?.isActive ?? undefined,
      ...afterCreated(page, 'gt'),
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit + 1,
  })
  return toConnection(users, page)
}
