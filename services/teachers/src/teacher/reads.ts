import { type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { TeacherFilter } from '../generated/graphql.ts'
import { Level, type Prisma, type Teacher } from '../generated/prisma/client.ts'
import { isAdmin, isPerson } from '../relations.ts'

/** @returns null when there is no such teacher, or none that the viewer may know of */
export async function readTeacher(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<Teacher | null> {
  const teacher = await ctx.loaders.teacherByTelegramId.load(telegramId)
  return teacher && isVisible(teacher, ctx) ? teacher : null
}

export async function readTeachers(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: TeacherFilter | null },
) {
  const page = parsePage(args)
  const teachers = await ctx.db.teacher.findMany({
    where: {
      AND: [
        visibleTo(ctx),
        teaching(filter),
        { isAcceptingStudents: filter?.isAcceptingStudents ?? undefined },
        page.after
          ? {
              OR: [
                { createdAt: { gt: page.after.sort } },
                { createdAt: page.after.sort, id: { gt: page.after.id } },
              ],
            }
          : {},
      ],
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit + 1,
  })
  return toConnection(teachers, page, (teacher) => ({ sort: teacher.createdAt, id: teacher.id }))
}

/** Who waits, is suspended or has left is nobody's business but their own and the school's. */
function isVisible(teacher: Teacher, { viewer }: RequestContext): boolean {
  if (teacher.status === 'ACTIVE' || viewer.kind === 'service') return true
  return isAdmin(viewer) || isPerson(viewer, teacher.telegramId)
}

function visibleTo({ viewer }: RequestContext): Prisma.TeacherWhereInput {
  if (viewer.kind !== 'person' || isAdmin(viewer)) return {}
  return { OR: [{ status: 'ACTIVE' }, { telegramId: viewer.telegramId }] }
}

function teaching(filter?: TeacherFilter | null): Prisma.TeacherWhereInput {
  if (filter?.language == null && filter?.level == null) return {}
  const { language, level } = filter
  // Levels are lists here because Prisma cannot compare enums; their names sort as they do.
  const levels = Object.values(Level)
  return {
    languages: {
      some: {
        language: language ?? undefined,
        minLevel: level ? { in: levels.filter((other) => other <= level) } : { not: null },
        maxLevel: level ? { in: levels.filter((other) => other >= level) } : undefined,
      },
    },
  }
}
