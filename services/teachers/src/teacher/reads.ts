import { afterCreated, type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import { isAdmin, isPerson, isStaffOrProgram } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { TeacherFilter } from '../generated/graphql.ts'
import { Level, type Prisma } from '../generated/prisma/client.ts'
import type { TeacherRecord } from './loaders.ts'

/** @returns null when there is no such teacher, or none that the viewer may know of */
export async function readTeacher(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<TeacherRecord | null> {
  const teacher = await ctx.loaders.teacherByTelegramId.load(telegramId)
  return teacher && isVisible(teacher, ctx) ? teacher : null
}

/** Which teachers stand on the page; what is told of them, the loader reads for all at once. */
export async function readTeachers(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: TeacherFilter | null },
) {
  const page = parsePage(args)
  const teachers = await ctx.db.teacher.findMany({
    select: { id: true, telegramId: true, createdAt: true },
    where: {
      AND: [
        visibleTo(ctx),
        teaching(filter),
        { isAcceptingStudents: filter?.isAcceptingStudents ?? undefined },
        afterCreated(page, 'gt'),
      ],
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit + 1,
  })
  return toConnection(teachers, page)
}

/** Who waits, is suspended or has left is nobody's business but their own and the school's. */
function isVisible(teacher: TeacherRecord, { viewer }: RequestContext): boolean {
  if (teacher.status === 'ACTIVE' || isStaffOrProgram(viewer)) return true
  return isPerson(viewer, teacher.telegramId)
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
