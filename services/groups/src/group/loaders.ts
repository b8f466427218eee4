import { createListLoader, createRowLoader } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import DataLoader from 'dataloader'
import { type Group, Prisma, type PrismaClient } from '../generated/prisma/client.ts'
import { countSeatsTaken } from '../member/seats.ts'

/*
 * Plain SQL with arrays, because each length of Prisma's `in` lists is a statement text of its own,
 * and so another prepared statement on every connection.
 */

/** Who has a seat is a member; who is invited or waits is none yet. */
const hasSeat = Prisma.sql`m.status IN ('ACTIVE', 'PAUSED')`

/** Columns of a group under their Prisma names. */
export const groupColumns = Prisma.sql`
  g.id, g.name, g.description, g.language, g.level, g.teacher_telegram_id AS "teacherTelegramId",
  g.profile_waived AS "profileWaived", g.capacity, g.status, g.starts_on AS "startsOn", g.ends_on AS "endsOn", g.version,
  g.created_at AS "createdAt", g.updated_at AS "updatedAt"`

type GroupOf = Group & { personTelegramId: bigint; isMember: boolean }

export function createGroupLoaders(db: PrismaClient, viewer: Viewer) {
  const viewerId = viewer.kind === 'person' ? viewer.telegramId : undefined

  /** Whether the viewer has a seat in the group, and the group is no draft. */
  const viewerIsMember = new DataLoader<string, boolean>(async (groupIds) => {
    if (viewerId === undefined) return groupIds.map(() => false)
    const stays = await db.$queryRaw<{ groupId: string }[]>`
      SELECT m.group_id AS "groupId" FROM group_members m JOIN groups g ON g.id = m.group_id
      WHERE m.student_telegram_id = ${viewerId} AND m.group_id = ANY(${groupIds}::uuid[])
        AND ${hasSeat} AND g.status <> 'DRAFT'`
    const own = new Set(stays.map((stay) => stay.groupId))
    return groupIds.map((id) => own.has(id))
  })

  return {
    viewerIsMember,

    groupById: createRowLoader<string, Group>(
      (ids) => db.$queryRaw<Group[]>`
        SELECT ${groupColumns} FROM groups g WHERE g.id = ANY(${ids}::uuid[])`,
      (group) => group.id,
    ),

    /** Groups that a person teaches, or has a seat in. */
    groupsOfPerson: createListLoader<bigint, GroupOf>(
      async (people) => {
        const groups = await db.$queryRaw<GroupOf[]>`
          SELECT p.person AS "personTelegramId", p.is_member AS "isMember", ${groupColumns}
          FROM (
            SELECT m.student_telegram_id AS person, m.group_id AS id, true AS is_member
            FROM group_members m
            WHERE m.student_telegram_id = ANY(${people}::bigint[]) AND ${hasSeat}
            UNION ALL
            SELECT t.teacher_telegram_id, t.id, false
            FROM groups t WHERE t.teacher_telegram_id = ANY(${people}::bigint[])
          ) p JOIN groups g ON g.id = p.id
          ORDER BY g.created_at, g.id`
        for (const group of groups) {
          if (group.isMember && group.personTelegramId === viewerId && group.status !== 'DRAFT') {
            viewerIsMember.prime(group.id, true)
          }
        }
        return groups
      },
      (group) => group.personTelegramId,
    ),

    /** How many seats of the group are not free. */
    seatsTaken: new DataLoader<string, number>(async (groupIds) => {
      const taken = await countSeatsTaken(db, groupIds)
      return groupIds.map((id) => taken.get(id) ?? 0)
    }),
  }
}

/** Those of the students whom the teacher teaches now: with a seat in an open or running group. */
export async function findTaughtStudents(
  db: PrismaClient,
  teacher: bigint,
  students: readonly bigint[],
): Promise<bigint[]> {
  const stays = await db.$queryRaw<{ student: bigint }[]>`
    SELECT DISTINCT m.student_telegram_id AS student
    FROM group_members m JOIN groups g ON g.id = m.group_id
    WHERE m.student_telegram_id = ANY(${students}::bigint[]) AND ${hasSeat}
      AND g.teacher_telegram_id = ${teacher} AND g.status IN ('OPEN', 'RUNNING')`
  return stays.map(({ student }) => student)
}
