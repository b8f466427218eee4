import { earlierThan } from '@classgram/database'
import { createListLoader, createLoaderFamily, type Page } from '@classgram/graphql'
import { type NotificationLog, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

export function createLogLoaders(db: PrismaClient) {
  return {
    /** One page of attempts for each of many notifications, the newest first, in one statement. */
    logPage: createLoaderFamily(({ limit, after }: Page) =>
      createListLoader<string, NotificationLog>(
        (notificationIds) => db.$queryRaw<NotificationLog[]>`
          SELECT l.* FROM unnest(${notificationIds}::uuid[]) AS parent(id)
          CROSS JOIN LATERAL (
            SELECT id, notification_id AS "notificationId", channel, attempt,
              template_id AS "templateId", template_version AS "templateVersion", text,
              provider_message_id AS "providerMessageId", error, duration_ms AS "durationMs",
              created_at AS "createdAt"
            FROM notification_logs
            WHERE notification_id = parent.id
              AND ${earlierThan(Prisma, Prisma.sql`created_at, id`, after)}
            ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}
          ) l ORDER BY l."createdAt" DESC, l.id DESC`,
        (log) => log.notificationId,
      ),
    ),
  }
}
