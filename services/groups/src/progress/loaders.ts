import { earlierThan } from '@classgram/database'
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

/** Which of a group's records: those of one student, or those of the group as a whole. */
interface GroupProgressArgs {
  page: Page
  /** As text, because arguments name a loader as JSON. */
  studentTelegramId?: string
}

/**
 * Averages are of those who learn in the group or stayed to its end: who left says nothing of it. Of
 * several stays the latest with a seat counts.
 */
const counts = Prisma.sql`stay.status IN ('ACTIVE', 'PAUSED', 'COMPLETED')`

/** "Unit 1" and "unit 1" are one, whatever the server's locale. */
const anyCase = (column: Prisma.Sql) => Prisma.sql`lower(${column} COLLATE "pg_c_utf8")`
const sameTopic = Prisma.join([anyCase(Prisma.sql`unit`), anyCase(Prisma.sql`topic`)])

export function createProgressLoaders(db: PrismaClient) {
  return {
    /** One page of records of a group, for each of many groups, in one statement. */
    groupProgressPage: createLoaderFamily(({ page, studentTelegramId }: GroupProgressArgs) =>
      createListLoader<string, GroupProgress>(
        (groupIds) => db.$queryRaw<GroupProgress[]>`
          SELECT p.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT ${columns} FROM group_progress
            WHERE group_id = parent.id AND ${
              studentTelegramId
                ? Prisma.sql`student_telegram_id = ${studentTelegramId}::bigint`
                : Prisma.sql`student_telegram_id IS NULL`
            } ${pageOf(page)}
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
     * of a topic the latest counts, and says how it is spelt.
     */
    progressSummaryPage: createLoaderFamily(({ limit, after }: Page) =>
      createListLoader<string, ProgressSummary>(
        (groupIds) => db.$queryRaw<ProgressSummary[]>`
          SELECT s.* FROM unnest(${groupIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT * FROM (
              SELECT parent.id AS "groupId",
                (array_agg(unit ORDER BY recorded_at DESC, id DESC))[1] AS unit,
                (array_agg(topic ORDER BY recorded_at DESC, id DESC))[1] AS topic,
                round(avg(percentage), 1)::float8 AS "averagePercentage",
                count(*)::int AS "studentCount", max(recorded_at) AS "lastRecordedAt",
                (array_agg(id ORDER BY recorded_at DESC, id DESC))[1] AS "lastRecordId"
              FROM (
                SELECT DISTINCT ON (student_telegram_id, ${sameTopic})
                  p.id, unit, topic, percentage, recorded_at
                FROM group_progress p JOIN (
                  SELECT DISTINCT ON (student_telegram_id) student_telegram_id, status
                  FROM group_members WHERE group_id = parent.id AND joined_at IS NOT NULL
                  ORDER BY student_telegram_id, joined_at DESC, id DESC
                ) stay USING (student_telegram_id)
                WHERE p.group_id = parent.id AND ${counts}
                ORDER BY student_telegram_id, ${sameTopic}, recorded_at DESC, p.id DESC
              ) latest GROUP BY ${sameTopic}
            ) summary
            WHERE ${earlierThan(Prisma, Prisma.sql`"lastRecordedAt", "lastRecordId"`, after)}
            ORDER BY "lastRecordedAt" DESC, "lastRecordId" DESC LIMIT ${limit + 1}
          ) s ORDER BY s."lastRecordedAt" DESC, s."lastRecordId" DESC`,
        (summary) => summary.groupId,
      ),
    ),
  }
}

function pageOf({ limit, after }: Page): Prisma.Sql {
  return Prisma.sql`
    AND ${earlierThan(Prisma, Prisma.sql`recorded_at, id`, after)}
    ORDER BY recorded_at DESC, id DESC LIMIT ${limit + 1}`
}
