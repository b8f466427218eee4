import { Prisma, type PrismaClient, type User } from '../generated/prisma/client.ts'

/** Columns of a user under their Prisma names. */
export const userColumns = Prisma.sql`
  id, telegram_id AS "telegramId", role, is_active AS "isActive",
  first_name AS "firstName", last_name AS "lastName", username,
  language_code AS "languageCode", timezone, photo_url AS "photoUrl",
  phone_ciphertext AS "phoneCiphertext", phone_key_id AS "phoneKeyId",
  phone_hash AS "phoneHash", email_ciphertext AS "emailCiphertext",
  email_key_id AS "emailKeyId", email_hash AS "emailHash", first_seen_at AS "firstSeenAt",
  last_seen_at AS "lastSeenAt", erased_at AS "erasedAt", metadata,
  created_at AS "createdAt", updated_at AS "updatedAt"`

/**
 * Users by their Telegram ids, in any order. Plain SQL with an array, because each length of
 * Prisma's `in` lists is a statement text of its own, and so another prepared statement on every
 * connection.
 */
export function findUsers(
  db: Pick<PrismaClient, '$queryRaw'>,
  telegramIds: readonly bigint[],
): Promise<User[]> {
  return db.$queryRaw<User[]>`
    SELECT ${userColumns} FROM users WHERE telegram_id = ANY(${telegramIds}::bigint[])`
}
