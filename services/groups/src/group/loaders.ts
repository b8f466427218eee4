import { createListLoader, createRowLoader } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import DataLoader from 'dataloader'
import { type Group, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

/** A stay counts from the moment the student has, or waits for, a seat until it ends. */
const openStay = Prisma.sql`m.left_at IS NULL AND m.status <> 'INVITED'`

/** Columns of a group under their Prisma names. */
const groupColumns = Prisma.sql`
  g.id, g.name, g.description, g.language, g.level, g.teacher_telegram_id AS "teacherTelegramId",
  g.capacity, g.status, g.starts_on AS "startsOn", g.ends_on AS "endsOn", g.version,
  g.created_at AS "createdAt", g.updated_at AS "updatedAt"`

type GroupOf = Group & { personTelegramId: bigint; isMember: boolean }

export function createGroupLoaders(db: PrismaClient, viewer: Viewer) {
  const viewerId = viewer.kind === 'person' ? viewer.telegramId : undefined

  /** Whether the viewer has an open stay in the group. */
  const viewerIsMember = new DataLoader<string, boolean>(async (groupIds) => {
    if (viewerId === undefined) return groupIds.map(() => false)
    const stays = await db.groupMember.findMany({
      where: {
        groupId: { in: [...groupIds] },
        studentTelegramId: viewerId,
        leftAt: null,
        status: { not: 'INVITED' },
      },
      select: { groupId: true },
    })
    const own = new Set(stays.map((stay) => stay.groupId))
    return groupIds.map((id) => own.has(id))
  })

  return {
    viewerIsMember,

    groupById: createRowLoader<string, Group>(
      (ids) => db.group.findMany({ where: { id: { in: [...ids] } } }),
      (group) => group.id,
    ),

    /** Groups that a person teaches, or has an open stay in. */
    groupsOfPerson: createListLoader<bigint, GroupOf>(
      async (people) => {
        const groups = await db.$queryRaw<GroupOf[]>`
          SELECT p.person AS "personTelegramId", p.is_member AS "isMember", ${groupColumns}
          FROM (
            SELECT m.student_telegram_id AS person, m.group_id AS id, true AS is_member
            FROM group_members m WHERE m.student_telegram_id = ANY(${people}) AND ${openStay}
            UNION ALL
            SELECT t.teacher_telegram_id, t.id, false
            FROM groups t WHERE t.teacher_telegram_id = ANY(${people})
          ) p JOIN groups g ON g.id = p.id
          ORDER BY g.created_at, g.id`
        for (const group of groups) {
          if (group.isMember && group.personTelegramId === viewerId) {
            viewerIsMember.prime(group.id, true)
          }
        }
        return groups
      },
      (group) => group.personTelegramId,
    ),

    /** How many active and paused members hold a seat in the group. */
    seatsTaken: new DataLoader<string, number>(async (groupIds) => {
      const counts = await db.groupMember.groupBy({
        by: ['groupId'],
        where: { groupId: { in: [...groupIds] }, status: { in: ['ACTIVE', 'PAUSED'] } },
        _count: true,
      })
      const byGroup = new Map(counts.map((row) => [row.groupId, row._count]))
      return groupIds.map((id) => byGroup.get(id) ?? 0)
    }),
  }
}

/** Those of the students whom the teacher teaches now: an open stay in an open or running group. */
export async function findTaughtStudents(
  db: PrismaClient,
  teacher: bigint,
  students: readonly bigint[],
): Promise<bigint[]> {
  const stays = await db.groupMember.findMany({
    where: {
      studentTelegramId: { in: [...students] },
      leftAt: null,
      status: { not: 'INVITED' },
      group: { teacherTelegramId: teacher, status: { in: ['OPEN', 'RUNNING'] } },
    },
    select: { studentTelegramId: true },
    distinct: ['studentTelegramId'],
  })
  return stays.map((stay) => stay.studentTelegramId)
}
