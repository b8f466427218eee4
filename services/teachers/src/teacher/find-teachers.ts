import { afterRank, laterThan } from '@classgram/database'
import {
  type PageArgs,
  parsePage,
  parseRankedPage,
  parseSearch,
  toConnection,
} from '@classgram/graphql'
import { isAdmin, type Viewer } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { TeacherFilter } from '../generated/graphql.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { PersonKey } from '../rows.ts'
import { findTeachersByName } from '../sisters.ts'

/**
 * Which teachers stand on the page, in the order in which they came; of those who were searched, the best match
 * first. What is told of them, the loader reads for all at once.
 *
 * @throws SERVICE_UNAVAILABLE for a search while auth, which knows the names, is away
 */
export async function findTeachers(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: TeacherFilter | null },
) {
  const words = parseSearch(filter)
  const conditions = [...visibleTo(ctx.viewer), ...fitting(filter ?? {})]
  if (words) return searchTeachers(ctx, words, conditions, args)
  const page = parsePage(args)
  const teachers = await ctx.db.$queryRaw<(PersonKey & { id: string; createdAt: Date })[]>`
    SELECT t.id, t.telegram_id AS "telegramId", t.created_at AS "createdAt"
    FROM teachers t
    WHERE ${all([laterThan(Prisma, Prisma.sql`t.created_at, t.id`, page.after), ...conditions])}
    ORDER BY t.created_at, t.id LIMIT ${page.limit + 1}`
  return toConnection(teachers, page)
}

async function searchTeachers(
  ctx: RequestContext,
  words: readonly string[],
  conditions: readonly Prisma.Sql[],
  args: PageArgs,
) {
  const page = parseRankedPage(args)
  const matches = await findTeachersByName(ctx, words)
  const teachers = await ctx.db.$queryRaw<(PersonKey & { id: string; rank: number })[]>`
    SELECT t.id, t.telegram_id AS "telegramId", rank
    FROM unnest(
      ${matches.map(({ telegramId }) => BigInt(telegramId))}::bigint[], ${matches.map(({ rank }) => rank)}::int[]
    ) AS found (person, rank) JOIN teachers t ON t.telegram_id = person
    WHERE ${all([afterRank(Prisma, page.after), ...conditions])}
    ORDER BY rank DESC, t.id LIMIT ${page.limit + 1}`
  return toConnection(teachers, page, ({ rank, id }) => ({ sort: rank, id }))
}

const all = (conditions: Prisma.Sql[]) => Prisma.join(conditions, ' AND ')

function visibleTo(viewer: Viewer): Prisma.Sql[] {
  if (viewer.kind !== 'person' || isAdmin(viewer)) return []
  return [Prisma.sql`(t.status = 'ACTIVE' OR t.telegram_id = ${viewer.telegramId})`]
}

/** One condition for each part of the filter that is given. */
function fitting({ language, level, isAcceptingStudents }: TeacherFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (isAcceptingStudents != null) {
    conditions.push(Prisma.sql`t.is_accepting_students = ${isAcceptingStudents}`)
  }
  // A language without levels is spoken, not taught.
  const taught = [Prisma.sql`min_level IS NOT NULL`]
  if (language != null) {
    const tag = `${language}-`
    taught.push(
      Prisma.sql`(starts_with(language || '-', ${tag}) OR starts_with(${tag}, language || '-'))`,
    )
  }
  if (level != null) taught.push(Prisma.sql`${level}::level BETWEEN min_level AND max_level`)
  if (taught.length > 1) {
    conditions.push(Prisma.sql`EXISTS (
      SELECT FROM teacher_languages WHERE teacher_telegram_id = t.telegram_id AND ${all(taught)}
    )`)
  }
  return conditions
}
