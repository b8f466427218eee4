import { type Author, forgetTraces, transact } from '@classgram/database'
import type { ErasedData } from '@classgram/server/subgraph'
import type { AppContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** What an erasure needs. It also goes on where no request is. */
export type Eraser = Pick<AppContext, 'db' | 'clock'> & Author

/** Removes who a person is, and every way to sign in. */
export async function erasePersonData(ctx: Eraser, telegramId: bigint): Promise<ErasedData> {
  const rows = await transact(ctx.db, ctx, (tx) => eraseRows(tx, telegramId, ctx.clock()))
  return { rows, isDone: true }
}

/**
 * The user's row stays, because everything else refers to it, and so that nobody comes back as if new
 * to what was theirs. Consents stay as the proof that the school was allowed what it did: they say
 * which text and when, and nothing of the person. So does the record of who was given their data.
 *
 * @returns how many rows went or changed, by table
 */
export async function eraseRows(
  tx: Prisma.TransactionClient,
  telegramId: bigint,
  now: Date,
): Promise<Record<string, number>> {
  // First, and in the same order as a sign-in: what one that is under way opens is there after that.
  const users = await tx.$executeRaw`
    UPDATE users
    SET is_active = false, first_name = 'Erased', last_name = NULL, username = NULL,
      language_code = NULL, timezone = 'UTC', photo_url = NULL,
      phone_ciphertext = NULL, phone_key_id = NULL, phone_hash = NULL,
      email_ciphertext = NULL, email_key_id = NULL, email_hash = NULL,
      last_seen_at = NULL, metadata = '{}',
      erased_at = coalesce(erased_at, ${now}::timestamptz), updated_at = ${now}::timestamptz
    WHERE telegram_id = ${telegramId}`
  const own = { where: { userTelegramId: telegramId } }
  const tokens = await tx.refreshToken.deleteMany({ where: { session: own.where } })
  const sessions = await tx.session.deleteMany(own)
  const codes = await tx.loginCode.deleteMany(own)
  const identities = await tx.identity.deleteMany(own)
  return {
    users,
    identities: identities.count,
    sessions: sessions.count,
    refresh_tokens: tokens.count,
    login_codes: codes.count,
    ...(await forgetTraces(tx, telegramId)),
  }
}
