import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import { type GroupProgress, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

const columns = Prisma.sql`
  id, group_id AS "groupId", student_telegram_id AS "studentTelegramId", unit, topic, percentage,
  score, note, recorded_by_telegram_id AS "recordedByTelegramId", recorded_at AS "recordedAt",
  created_at AS "createdAt", updated_at AS "updatedAt"`

export function createProgressLoaders(db: PrismaClient) {
  return {
    /** One page of records of the whole group, for each of many groups, in one statement. */
    groupProgressPage: createLoaderFamily((page: Page) =>
      createListLoader<string, GroupProgress>(
        (groupIds) => db.$queryRaw<GroupProgress[]>`
          SELECT p.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT ${columns} FROM group_progress
            WHERE group_id = parent.id AND student_telegram_id IS NULL ${pageOf(page)}
          ) p ORDER BY p."recordedAt" DESC, p.id DESC`,
        (record) => record.groupId,
      ),
    ),

    /** One page of a student's own records, for each of many students, in one statement. */
    studentProgressPage: createLoaderFamily((page: Page) =>
      createListLoader<bigint | null, GroupProgress>(
        (students) => db.$queryRaw<GroupProgress[]>`
          SELECT p.* FROM unnest(${students}::bigint[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT ${columns} FROM group_progress
            WHERE student_telegram_id = parent.id ${pageOf(page)}
          ) p ORDER BY p."recordedAt" DESC, p.id DESC`,
        (record) => record.studentTelegramId,
      ),
    ),
  }
}

function pageOf({ limit, after }: Page): Prisma.Sql {
  const position = after
    ? Prisma.sql`AND (recorded_at, id) < (${after.sort}, ${after.id}::uuid)`
    : Prisma.empty
  return Prisma.sql`${position} ORDER BY recorded_at DESC, id DESC LIMIT ${limit + 1}`
}
