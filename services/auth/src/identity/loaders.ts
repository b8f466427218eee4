import type { Identity, PrismaClient } from '../generated/prisma/client.ts'

/** Identities of these people, of each the first linked first. */
export function findIdentities(db: PrismaClient, people: readonly bigint[]): Promise<Identity[]> {
  return db.$queryRaw<Identity[]>`
    SELECT id, user_telegram_id AS "userTelegramId", provider, subject,
      last_used_at AS "lastUsedAt", created_at AS "createdAt", updated_at AS "updatedAt"
    FROM identities WHERE user_telegram_id = ANY(${people}::bigint[]) ORDER BY created_at, id`
}
