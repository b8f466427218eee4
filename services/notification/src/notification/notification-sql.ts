import { Prisma } from '../generated/prisma/client.ts'

/** Columns of a notification, without what its template is filled with. */
export const notificationColumns = Prisma.sql`
  id, recipient_telegram_id AS "recipientTelegramId", kind, title, text, status,
  scheduled_at AS "scheduledAt", expires_at AS "expiresAt", dedup_key AS "dedupKey",
  sent_at AS "sentAt", read_at AS "readAt", created_at AS "createdAt", updated_at AS "updatedAt"`
