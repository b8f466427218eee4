import { afterRank, searchBy } from '@classgram/database'
import { badUserInput } from '@classgram/errors'
import { mostWords, type PageArgs, parseRankedPage, toConnection } from '@classgram/graphql'
import { isAdmin } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { NameMatch, UserFilter } from '../generated/graphql.ts'
import { Prisma, type User } from '../generated/prisma/client.ts'
import { userColumns } from './loaders.ts'

const mostTeachers = 1000

/** The keys as the indexes have them, to the letter. */
const names = Prisma.sql`search_key(first_name || ' ' || coalesce(last_name, ''))`
const namesAndUsername = Prisma.sql`
  search_key(first_name || ' ' || coalesce(last_name, '') || ' ' || coalesce(username, ''))`

/** Those who fit the words and the rest of the filter, the best match first. */
export async function searchUsers(
  ctx: RequestContext,
  words: readonly string[],
  { filter, ...args }: PageArgs & { filter?: UserFilter | null },
) {
  const { db, viewer } = ctx
  const page = parseRankedPage(args)
  // A search would tell what the field itself does not.
  const seesUsername =
    isAdmin(viewer) || (viewer.kind === 'machine' && viewer.scopes.includes('contacts:read'))
  const { isFound, rank } = searchBy(Prisma, seesUsername ? namesAndUsername : names, words)
  const conditions = [isFound]
  if (filter?.role) conditions.push(Prisma.sql`role = ${filter.role}::user_role`)
  if (filter?.isActive != null) conditions.push(Prisma.sql`is_active = ${filter.isActive}`)
  const users = await ctx.searchInTurn(
    ctx,
    () => db.$queryRaw<(User & { rank: number })[]>`
      SELECT * FROM (
        SELECT ${userColumns}, ${rank} AS rank FROM users WHERE ${Prisma.join(conditions, ' AND ')}
      ) found
      WHERE ${afterRank(Prisma, page.after)}
      ORDER BY rank DESC, id LIMIT ${page.limit + 1}`,
  )
  return toConnection(users, page, (user) => ({ sort: user.rank, id: user.id }))
}

/** Who may teach and is called like this, the best match first. Names alone: everybody may see them. */
export function findTeachersByName(
  ctx: RequestContext,
  words: readonly string[],
): Promise<NameMatch[]> {
  if (words.length > mostWords) throw badUserInput('words', `At most ${mostWords} words.`)
  const { isFound, rank } = searchBy(Prisma, names, words)
  return ctx.searchInTurn(
    ctx,
    () => ctx.db.$queryRaw<NameMatch[]>`
      SELECT telegram_id AS "telegramId", ${rank} AS rank FROM users
      WHERE ${isFound} AND role <> 'STUDENT' AND erased_at IS NULL
      ORDER BY rank DESC, id LIMIT ${mostTeachers}`,
  )
}
