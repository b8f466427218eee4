import { currentRequest } from '@classgram/server'
import type { RequestContext } from '../context.ts'
import type { SignInMethod } from '../generated/graphql.ts'
import type { Prisma, User } from '../generated/prisma/client.ts'
import { authorOf, issueTokens, openSession, type Tokens } from '../session/open-session.ts'
import type { Vouched } from './launch-data.ts'
import type { TelegramPerson } from './person.ts'

/**
 * Signs in somebody for whom Telegram vouches. The first time makes them known to the school.
 *
 * Clients keep what Telegram signed and may send it again: that is recorded, and no reason to refuse.
 *
 * @throws FORBIDDEN for somebody whose account was shut or erased
 */
export async function signInVouched(
  ctx: RequestContext,
  { person, fingerprint }: Vouched,
  method: SignInMethod,
): Promise<Tokens> {
  const author = authorOf(person.telegramId, ctx)
  let uses = 1
  const tokens = await issueTokens(ctx, author, async (tx) => {
    const user = await remember(tx, ctx, person)
    uses = await recordUse(tx, author, method, fingerprint)
    return openSession(tx, ctx, user, method)
  })
  const { telegramId } = person
  if (uses > 1) {
    const facts = { telegramId: String(telegramId), method, uses, sessionId: tokens.session.id }
    currentRequest()?.log.warn(facts, 'signed in again with the same data from Telegram')
  }
  return tokens
}

/**
 * Creates the person, or brings what Telegram tells up to date, in one statement: of many first
 * sign-ins at once, one creates and the others find.
 */
async function remember(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { telegramId, firstName, lastName, username, languageCode, photoUrl }: TelegramPerson,
): Promise<User> {
  const now = ctx.clock()
  const role = ctx.adminTelegramIds.has(telegramId) ? 'ADMIN' : 'STUDENT'
  await tx.$executeRaw`
    INSERT INTO users (telegram_id, role, first_name, last_name, username, language_code, photo_url,
      first_seen_at, last_seen_at)
    VALUES (${telegramId}, ${role}::user_role, ${firstName}, ${lastName}, ${username},
      ${languageCode}, ${photoUrl}, ${now}, ${now})
    ON CONFLICT (telegram_id) DO UPDATE SET
      first_name = excluded.first_name, last_name = excluded.last_name,
      username = excluded.username, photo_url = excluded.photo_url,
      language_code = coalesce(excluded.language_code, users.language_code),
      last_seen_at = excluded.last_seen_at, updated_at = now()`
  return tx.user.findUniqueOrThrow({ where: { telegramId } })
}

/**
 * Counts uses where keys of repeated requests are kept, which is what this is: under a hash, so that
 * nobody could sign in with what is stored.
 *
 * @returns how often this very data has signed the person in, this time included
 */
async function recordUse(
  tx: Prisma.TransactionClient,
  { actor }: { actor: string },
  method: SignInMethod,
  fingerprint: Buffer,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ uses: number }[]>`
    INSERT INTO idempotency_keys AS earlier (actor, operation, key, request_hash, response)
    VALUES (${actor}, ${method}, ${fingerprint.toString('hex')}, ${fingerprint},
      jsonb_build_object('uses', 1))
    ON CONFLICT (actor, operation, key) DO UPDATE
    SET response = jsonb_build_object('uses', (earlier.response->>'uses')::int + 1)
    RETURNING (response->>'uses')::int AS uses`
  return row?.uses ?? 1
}
