import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import { type GroupProgress, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

const columns = Prisma.sql`
  id, group_id AS "groupId", student_telegram_id AS "studentTelegramId", unit, topic, percentage,
  score, note, recorded_by_telegram_id AS "recordedByTelegramId", recorded_at AS "recordedAt",
  created_at AS "createdAt", updated_at AS "updatedAt"`

/** Which of a student's records: those that fit all that is given, a page of them. */
interface StudentProgressArgs {
  page: Page
  groupId?: string | null | undefined
  from?: Date | null | undefined
  to?: Date | null | undefined
}

/** What the students of a group have reached in a topic, on average. */
export interface ProgressSummary {
  groupId: string
  unit: string
  topic: string | null
  averagePercentage: number
  studentCount: number
  lastRecordedAt: Date
  /** Where the summary stands among those with the same `lastRecordedAt`. */
  lastRecordId: string
}

/** Averages are of those who learn in the group or stayed to its end: who left says nothing of it. */
const counts = Prisma.sql`m.status IN ('ACTIVE', 'PAUSED', 'COMPLETED')`

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
    studentProgressPage: createLoaderFamily(({ page, groupId, from, to }: StudentProgressArgs) =>
      createListLoader<bigint | null, GroupProgress>(
        (students) => db.$queryRaw<GroupProgress[]>`
          SELECT p.* FROM unnest(${students}::bigint[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT ${columns} FROM group_progress
            WHERE student_telegram_id = parent.id
              ${groupId ? Prisma.sql`AND group_id = ${groupId}::uuid` : Prisma.empty}
              ${from ? Prisma.sql`AND recorded_at >= ${from}` : Prisma.empty}
              ${to ? Prisma.sql`AND recorded_at < ${to}` : Prisma.empty}
              ${pageOf(page)}
          ) p ORDER BY p."recordedAt" DESC, p.id DESC`,
        (record) => record.studentTelegramId,
      ),
    ),

    /**
     * One page of averages by topic for each of many groups, in one statement. Of a student's records
     * of a topic the latest counts.
     */
    progressSummaryPage: createLoaderFamily(({ limit, after }: Page) =>
      createListLoader<string, ProgressSummary>(
        (groupIds) => db.$queryRaw<ProgressSummary[]>`
          SELECT s.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT * FROM (
              SELECT parent.id AS "groupId", unit, topic,
                round(avg(percentage), 1)::float8 AS "averagePercentage",
                count(*)::int AS "studentCount", max(recorded_at) AS "lastRecordedAt",
                (array_agg(id ORDER BY recorded_at DESC, id DESC))[1] AS "lastRecordId"
              FROM (
                SELECT DISTINCT ON (student_telegram_id, unit, topic)
                  id, unit, topic, percentage, recorded_at
                FROM group_progress p
                WHERE group_id = parent.id AND EXISTS (
                  SELECT FROM group_members m
                  WHERE m.group_id = p.group_id
                    AND m.student_telegram_id = p.student_telegram_id AND ${counts}
                )
                ORDER BY student_telegram_id, unit, topic, recorded_at DESC, id DESC
              ) latest GROUP BY unit, topic
            ) summary
            ${after ? Prisma.sql`WHERE ("lastRecordedAt", "lastRecordId") < (${after.sort}, ${after.id}::uuid)` : Prisma.empty}
            ORDER BY "lastRecordedAt" DESC, "lastRecordId" DESC LIMIT ${limit + 1}
          ) s ORDER BY s."lastRecordedAt" DESC, s."lastRecordId" DESC`,
        (summary) => summary.groupId,
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
