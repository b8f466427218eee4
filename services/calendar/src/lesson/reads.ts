import { laterThan } from '@classgram/database'
import { forbidden } from '@classgram/errors'
import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import { isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { LessonFilter } from '../generated/graphql.ts'
import { Prisma } from '../generated/prisma/client.ts'
import type { LessonRow } from '../rows.ts'
import { isVisible, lessonColumns, type RawLesson, reachesInto, toLessonRow } from './lesson-sql.ts'
import type { Part } from './loaders.ts'
import { parseSpan, type Span } from './span.ts'

/**
 * @returns null when there is no such lesson
 * @throws FORBIDDEN for people to whom all lessons but their own do not exist: they must not learn
 * which ids are taken
 */
export async function readLesson(ctx: RequestContext, id: string): Promise<LessonRow | null> {
  const lesson = await ctx.loaders.lessonById.load(id)
  if (lesson) return lesson
  if (isStaffOrProgram(ctx.viewer)) return null
  throw forbidden('Only who gives the lesson or takes part in it may see it.')
}

/** The lesson after a change of this request: what was loaded before is out of date. */
export async function readAgain({ loaders }: RequestContext, id: string): Promise<LessonRow> {
  const lesson = await loaders.lessonById.clear(id).load(id)
  if (!lesson) throw new Error(`lesson ${id} is not there any more`)
  return lesson
}

export function readLessonsOfPerson(
  { loaders }: RequestContext,
  telegramId: bigint,
  part: Part,
  span: Span,
): Promise<LessonRow[]> {
  return loaders.lessonsOfPerson({ part, span: parseSpan(span) }).load(telegramId)
}

export function readLessonsOfGroup(
  { loaders }: RequestContext,
  groupId: string,
  span: Span,
): Promise<LessonRow[]> {
  return loaders.lessonsOfGroup(parseSpan(span)).load(groupId)
}

export async function readLessons(
  { db, viewer }: RequestContext,
  { filter, from, to, ...args }: PageArgs & Span & { filter?: LessonFilter | null },
) {
  const page = parsePage(args)
  const span = parseSpan({ from, to })
  const { groupId, status } = filter ?? {}
  let teacher = filter?.teacherTelegramId
  if (viewer.kind === 'person' && viewer.role === 'TEACHER') {
    if (teacher != null && teacher !== viewer.telegramId) {
      throw forbidden('Teachers list their own lessons only.')
    }
    teacher = viewer.telegramId
  }
  const conditions = [
    isVisible(viewer),
    reachesInto(span, Prisma.sql`l`),
    ...(teacher != null ? [Prisma.sql`l.teacher_telegram_id = ${teacher}`] : []),
    ...(groupId != null ? [Prisma.sql`l.group_id = ${groupId}::uuid`] : []),
    ...(status != null ? [Prisma.sql`l.status::text = ANY(${status})`] : []),
    laterThan(Prisma, Prisma.sql`l.starts_at, l.id`, page.after),
  ]
  const lessons = await db.$queryRaw<RawLesson[]>`
    SELECT ${lessonColumns(viewer)} FROM lessons l WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY l.starts_at, l.id LIMIT ${page.limit + 1}`
  return toConnection(lessons.map(toLessonRow), page, (lesson) => ({
    sort: lesson.startsAt,
    id: lesson.id,
  }))
}
