import { subscribe } from '@classgram/events'
import { lessonChanged } from '@classgram/events/catalog'
import type { Prisma } from '../generated/prisma/client.ts'
import { lessonsKeptSince } from '../lesson/remove-past-lessons.ts'
import { weekdayOf } from '../lesson/weekday.ts'

/**
 * Keeps on which weekdays groups have lessons. An event older than what is known changes nothing; one of
 * the same version writes the whole row, so that a replay mends it. Of a lesson without a group nothing
 * is noted but that it has left one; of one that is not kept any more, nothing but where it went.
 */
export const onLessonChanged = (clock: () => Date) =>
  subscribe(
    lessonChanged,
    async (tx: Prisma.TransactionClient, lesson) => {
      const { id, groupId, startsAt, version, createdAt } = lesson
      const weekday = weekdayOf(startsAt, lesson.timezone)
      const isScheduled = lesson.status === 'SCHEDULED'
      const isKept = groupId !== null && startsAt >= lessonsKeptSince(clock)
      await tx.$executeRaw`
        INSERT INTO group_lessons AS known
          (id, group_id, weekday, starts_at, is_scheduled, source_version, created_at)
        SELECT ${id}::uuid, ${groupId}::uuid, ${weekday}::smallint, ${startsAt}::timestamptz,
          ${isScheduled}::boolean, ${version}::int, ${createdAt}::timestamptz
        WHERE ${isKept}::boolean OR EXISTS (SELECT FROM group_lessons WHERE id = ${id}::uuid)
        ON CONFLICT (id) DO UPDATE SET
          group_id = excluded.group_id, weekday = excluded.weekday, starts_at = excluded.starts_at,
          is_scheduled = excluded.is_scheduled, source_version = excluded.source_version,
          created_at = excluded.created_at, updated_at = now()
        WHERE known.source_version <= excluded.source_version`
    },
    { isReplayable: true },
  )
