import { badUserInput } from '@classgram/errors'
import { afterCreated, type PageArgs, parsePage, toConnection } from '@classgram/graphql'
import { isAdmin, isStaffOrProgram, isTeacher } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { GroupFilter } from '../generated/graphql.ts'
import type { Group, Prisma } from '../generated/prisma/client.ts'
import { findTaughtStudents } from './loaders.ts'

const maxStudentsAsked = 500

/** Drafts do not exist for anybody but their teacher, administrators and sister services. */
export function isVisible(group: Group, { viewer }: RequestContext): boolean {
  if (group.status !== 'DRAFT' || isStaffOrProgram(viewer)) return true
  return isTeacher(viewer, group.teacherTelegramId)
}

/** @returns null when there is no such group, or none that the viewer may know of */
export async function readGroup(ctx: RequestContext, id: string): Promise<Group | null> {
  const group = await ctx.loaders.groupById.load(id)
  return group && isVisible(group, ctx) ? group : null
}

export async function readGroups(
  ctx: RequestContext,
  { filter, ...args }: PageArgs & { filter?: GroupFilter | null },
) {
  const page = parsePage(args)
  const groups = await ctx.db.group.findMany({
    where: {
      AND: [
        visibleTo(ctx),
        {
          language: filter?.language ?? undefined,
          level: filter?.level ?? undefined,
          status: filter?.status ? { in: [...new Set(filter.status)] } : undefined,
          teacherTelegramId: filter?.teacherTelegramId ?? undefined,
        },
        afterCreated(page, 'gt'),
      ],
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: page.limit + 1,
  })
  return toConnection(groups, page)
}

export async function readTaughtStudents(
  ctx: RequestContext,
  teacherTelegramId: bigint,
  studentTelegramIds: readonly bigint[],
): Promise<bigint[]> {
  if (studentTelegramIds.length > maxStudentsAsked) {
    throw badUserInput('studentTelegramIds', `At most ${maxStudentsAsked} students at a time.`)
  }
  return findTaughtStudents(ctx.db, teacherTelegramId, studentTelegramIds)
}

function visibleTo({ viewer }: RequestContext): Prisma.GroupWhereInput {
  if (viewer.kind !== 'person' || isAdmin(viewer)) return {}
  const isPublic = { status: { not: 'DRAFT' } } as const
  if (viewer.role !== 'TEACHER') return isPublic
  return { OR: [isPublic, { teacherTelegramId: viewer.telegramId }] }
}
