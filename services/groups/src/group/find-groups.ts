import { afterRank, laterThan, searchBy } from '@classgram/database'
import {
  type PageArgs,
  parsePage,
  parseRankedPage,
  parseSearch,
  toConnection,
} from '@classgram/graphql'
import { isAdmin, type Viewer } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { GroupFilter } from '../generated/graphql.ts'
import { type Group, Prisma } from '../generated/prisma/client.ts'
import { meetsOn } from '../lesson/loaders.ts'
import { freeSeats } from '../member/seats.ts'
import { groupColumns } from './loaders.ts'

/** A page of groups, the oldest first; of those that were searched, the best match first. */
export async function findGroups(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: GroupFilter | null },
) {
  const words = parseSearch(filter)
  const conditions = [...visibleTo(ctx.viewer), ...fitting(filter ?? {}, ctx.clock())]
  if (words) return searchGroups(ctx, words, conditions, args)
  const page = parsePage(args)
  const groups = await ctx.db.$queryRaw<Group[]>`
    SELECT ${groupColumns} FROM groups g
    WHERE ${all([laterThan(Prisma, Prisma.sql`g.created_at, g.id`, page.after), ...conditions])}
    ORDER BY g.created_at, g.id LIMIT ${page.limit + 1}`
  return toConnection(groups, page)
}

async function searchGroups(
  ctx: RequestContext,
  words: readonly string[],
  conditions: readonly Prisma.Sql[],
  args: PageArgs,
) {
  const page = parseRankedPage(args)
  const { isFound, rank } = searchBy(Prisma, Prisma.sql`search_key(g.name)`, words)
  const groups = await ctx.searchInTurn(
    ctx,
    () => ctx.db.$queryRaw<(Group & { rank: number })[]>`
      SELECT * FROM (
        SELECT ${groupColumns}, ${rank} AS rank FROM groups g WHERE ${all([isFound, ...conditions])}
      ) found
      WHERE ${afterRank(Prisma, page.after)} ORDER BY rank DESC, id LIMIT ${page.limit + 1}`,
  )
  return toConnection(groups, page, (group) => ({ sort: group.rank, id: group.id }))
}

const all = (conditions: Prisma.Sql[]) => Prisma.join(conditions, ' AND ')

function visibleTo(viewer: Viewer): Prisma.Sql[] {
  if (viewer.kind !== 'person' || isAdmin(viewer)) return []
  if (viewer.role !== 'TEACHER') return [Prisma.sql`g.status <> 'DRAFT'`]
  return [Prisma.sql`(g.status <> 'DRAFT' OR g.teacher_telegram_id = ${viewer.telegramId})`]
}

/** One condition for each part of the filter that is given. */
function fitting(filter: GroupFilter, now: Date): Prisma.Sql[] {
  const { language, level, status, teacherTelegramId, hasFreeSeats, weekdays } = filter
  const conditions = [isInState(status)]
  if (language != null) {
    conditions.push(Prisma.sql`starts_with(g.language || '-', ${`${language}-`})`)
  }
  if (level != null) conditions.push(Prisma.sql`g.level = ${level}::level`)
  if (teacherTelegramId != null) {
    conditions.push(Prisma.sql`g.teacher_telegram_id = ${teacherTelegramId}`)
  }
  if (hasFreeSeats != null) conditions.push(Prisma.sql`${hasFreeSeat} = ${hasFreeSeats}`)
  if (weekdays != null) conditions.push(meetsOn(weekdays, now))
  return conditions
}

/** What is put away is in nobody's way: it is listed when it is asked for. */
const isInState = (status: GroupFilter['status']) =>
  status == null
    ? Prisma.sql`g.status <> 'ARCHIVED'`
    : Prisma.sql`g.status = ANY(${status}::group_status[])`

/** Nobody joins what has not opened, or is over. */
const hasFreeSeat = Prisma.sql`
  (g.status IN ('OPEN', 'RUNNING') AND ${freeSeats} > 0)`
