import { inPortions, transact } from '@classgram/database'
import type { Occasion } from '@classgram/server/subgraph'
import type { AppContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'

const day = 24 * 60 * 60 * 1000

/** For how long a session that is over shows from where somebody was signed in. */
const sessionDays = 30
const codeDays = 1

type Cleaner = Pick<AppContext, 'db' | 'clock'> & Pick<Occasion, 'actor' | 'requestId' | 'signal'>

/**
 * Removes sessions that ended 30 days ago, by themselves or by somebody's hand, and refresh tokens
 * that expired as long ago, those of sessions that go on included.
 */
export async function removeEndedSessions(ctx: Cleaner): Promise<void> {
  const before = daysAgo(ctx, sessionDays)
  await removeAll(
    ctx,
    (tx, most) => tx.$executeRaw`
      DELETE FROM refresh_tokens WHERE id IN (
        SELECT id FROM refresh_tokens WHERE expires_at < ${before}::timestamptz
        ORDER BY expires_at LIMIT ${most} FOR UPDATE SKIP LOCKED)`,
  )
  // A session has thousands of tokens: they go before it, lest one statement remove them all.
  await removeAll(
    ctx,
    (tx, most) => tx.$executeRaw`
      DELETE FROM refresh_tokens WHERE id IN (
        SELECT t.id FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id
        WHERE least(s.expires_at, s.revoked_at) < ${before}::timestamptz
        LIMIT ${most} FOR UPDATE OF t SKIP LOCKED)`,
  )
  await removeAll(
    ctx,
    (tx, most) => tx.$executeRaw`
      DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions s WHERE least(expires_at, revoked_at) < ${before}::timestamptz
          AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id)
        LIMIT ${most} FOR UPDATE SKIP LOCKED)`,
  )
}

/** Removes login codes that expired a day ago, used or not. */
export async function removeExpiredCodes(ctx: Cleaner): Promise<void> {
  const before = daysAgo(ctx, codeDays)
  await removeAll(
    ctx,
    (tx, most) => tx.$executeRaw`
      DELETE FROM login_codes WHERE id IN (
        SELECT id FROM login_codes WHERE expires_at < ${before}::timestamptz
        ORDER BY expires_at LIMIT ${most} FOR UPDATE SKIP LOCKED)`,
  )
}

/** Each portion in a transaction of its own. What another replica removes just now is left to it. */
function removeAll(
  ctx: Cleaner,
  remove: (tx: Prisma.TransactionClient, most: number) => Promise<number>,
): Promise<void> {
  return inPortions((most) => transact(ctx.db, ctx, (tx) => remove(tx, most)), ctx.signal)
}

function daysAgo({ clock }: Pick<AppContext, 'clock'>, days: number): Date {
  return new Date(clock().getTime() - days * day)
}
