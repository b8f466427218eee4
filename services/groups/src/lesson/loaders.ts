import DataLoader from 'dataloader'
import type { Weekday } from '../generated/graphql.ts'
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts'
import { nameOfWeekday, numberOfWeekday } from './weekday.ts'

/** Whether the lesson `l` is still to come. */
const isToCome = (now: Date) => Prisma.sql`(l.is_scheduled AND l.starts_at > ${now}::timestamptz)`

/** Whether the group `g` has a lesson still to come on one of these weekdays. */
export function meetsOn(weekdays: readonly Weekday[], now: Date): Prisma.Sql {
  const numbers = weekdays.map(numberOfWeekday)
  return Prisma.sql`EXISTS (
    SELECT FROM group_lessons l
    WHERE l.group_id = g.id AND l.weekday = ANY(${numbers}::smallint[]) AND ${isToCome(now)})`
}

export function createLessonLoaders(db: PrismaClient, clock: () => Date) {
  return {
    /** The weekdays on which a group has lessons still to come, Monday first. */
    weekdaysOfGroup: new DataLoader<string, Weekday[]>(async (groupIds) => {
      const days = await db.$queryRaw<{ groupId: string; weekday: number }[]>`
        SELECT DISTINCT l.group_id AS "groupId", l.weekday FROM group_lessons l
        WHERE l.group_id = ANY(${groupIds}::uuid[]) AND ${isToCome(clock())}
        ORDER BY l.weekday`
      const byGroup = Map.groupBy(days, ({ groupId }) => groupId)
      return groupIds.map((id) =>
        (byGroup.get(id) ?? []).map(({ weekday }) => nameOfWeekday(weekday)),
      )
    }),
  }
}
