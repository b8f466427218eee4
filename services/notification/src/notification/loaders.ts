import { earlierThan } from '@classgram/database'
import {
  createListLoader,
  createLoaderFamily,
  createRowLoader,
  type Page,
} from '@classgram/graphql'
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts'
import type { NotificationRow } from '../rows.ts'
import { notificationColumns } from './notification-sql.ts'

export function createNotificationLoaders(db: PrismaClient) {
  return {
    notificationById: createRowLoader<string, NotificationRow>(
      (ids) => db.$queryRaw<NotificationRow[]>`
        SELECT ${notificationColumns} FROM notifications WHERE id = ANY(${ids}::uuid[])`,
      (notification) => notification.id,
    ),

    /** One page of notifications for each of many people, the newest first, in one statement. */
    notificationPage: createLoaderFamily(
      ({ page: { limit, after }, unreadOnly }: { page: Page; unreadOnly: boolean }) =>
        createListLoader<bigint, NotificationRow>(
          (people) => db.$queryRaw<NotificationRow[]>`
            SELECT n.* FROM unnest(${people}::bigint[]) AS parent(id)
            CROSS JOIN LATERAL (
              SELECT ${notificationColumns}
              FROM notifications
              WHERE recipient_telegram_id = parent.id
                ${unreadOnly ? Prisma.sql`AND read_at IS NULL` : Prisma.empty}
                AND ${earlierThan(Prisma, Prisma.sql`created_at, id`, after)}
              ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}
            ) n ORDER BY n."createdAt" DESC, n.id DESC`,
          (notification) => notification.recipientTelegramId,
        ),
    ),
  }
}
