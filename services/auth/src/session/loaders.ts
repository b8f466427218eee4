import type { PrismaClient, Session } from '../generated/prisma/client.ts'

const mostSessions = 100

/** Sessions of these people that can still be used, of each the latest sign-ins first. */
export function findLiveSessions(
  db: PrismaClient,
  people: readonly bigint[],
  now: Date,
): Promise<Session[]> {
  return db.$queryRaw<Session[]>`
    SELECT live.* FROM unnest(${people}::bigint[]) AS person (telegram_id)
    CROSS JOIN LATERAL (
      SELECT id, user_telegram_id AS "userTelegramId", method, user_agent AS "userAgent",
        host(ip_address) AS "ipAddress", last_used_at AS "lastUsedAt", expires_at AS "expiresAt",
        revoked_at AS "revokedAt", revoked_reason AS "revokedReason",
        created_at AS "createdAt", updated_at AS "updatedAt"
      FROM sessions
      WHERE user_telegram_id = person.telegram_id AND revoked_at IS NULL AND expires_at > ${now}
      ORDER BY created_at DESC, id DESC LIMIT ${mostSessions}
    ) AS live ORDER BY live."createdAt" DESC, live.id DESC`
}
