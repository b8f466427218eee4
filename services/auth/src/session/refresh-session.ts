import { unauthenticated } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { RefreshSessionInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { networkOf } from '../limits/network-of.ts'
import { assertMaySignIn, authorOf, issueTokens, type Tokens } from './open-session.ts'
import { createRefreshToken, hashRefreshToken, sessionEnd } from './refresh-token.ts'

/** For how long a client that lost the answer may repeat its question. */
const graceMs = 10_000

/**
 * Exchanges a refresh token for a new pair (RFC 9700, section 4.14.2: rotation, and the end of the
 * session when a token comes back that was used before).
 *
 * A client that lost the answer may ask again with the same token within 10 seconds, until it has
 * used what it got: the pair that went astray is then void, so that a session never has two tokens.
 *
 * @throws UNAUTHENTICATED for a token that is unknown, used up or expired, and where the session has
 * ended; FORBIDDEN for somebody who may no longer sign in; RATE_LIMITED
 */
export async function refreshSession(
  ctx: RequestContext,
  input: RefreshSessionInput,
): Promise<Tokens> {
  await ctx.limits.count('refreshFromAddress', networkOf(ctx.client))
  const tokenHash = hashRefreshToken(input.refreshToken)
  const known = await ctx.db.refreshToken.findUnique({
    where: { tokenHash },
    select: { session: { select: { id: true, userTelegramId: true } } },
  })
  if (!known) throw refused()
  const { id, userTelegramId } = known.session
  return issueTokens(ctx, authorOf(userTelegramId, ctx), async (tx) => {
    await lockSession(tx, id)
    return exchange(tx, ctx, tokenHash)
  })
}

/** @returns the refusal when the token does not hold: what that told about the session is written */
async function exchange(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  tokenHash: Uint8Array<ArrayBuffer>,
) {
  const now = ctx.clock()
  const given = await tx.refreshToken.findUnique({
    where: { tokenHash },
    include: { replacedBy: true, session: { include: { user: true } } },
  })
  // Its person may have been erased meanwhile.
  if (!given) return refused()
  const { session: earlier, replacedBy: lost } = given
  if (earlier.revokedAt || earlier.expiresAt <= now || given.expiresAt <= now) return refused()
  assertMaySignIn(earlier.user)
  if (given.usedAt) {
    const isRetry = lost && !lost.usedAt && now.getTime() - given.usedAt.getTime() <= graceMs
    if (!isRetry) {
      await tx.session.update({
        where: { id: earlier.id },
        data: { revokedAt: now, revokedReason: 'REFRESH_TOKEN_REUSED' },
      })
      return refused()
    }
    await tx.refreshToken.update({ where: { id: lost.id }, data: { usedAt: now } })
  }
  const { user, ...session } = await tx.session.update({
    where: { id: earlier.id },
    data: { lastUsedAt: now, expiresAt: sessionEnd(ctx, now) },
    include: { user: true },
  })
  const { token, row } = await createRefreshToken(tx, session)
  await tx.refreshToken.update({
    where: { id: given.id },
    data: { usedAt: given.usedAt ?? now, replacedById: row.id },
  })
  return { user, session, refreshToken: token }
}

/** Uses of a session's tokens, and its end, come one after the other. */
async function lockSession(tx: Prisma.TransactionClient, id: string): Promise<void> {
  await tx.$executeRaw`SELECT FROM sessions WHERE id = ${id}::uuid FOR UPDATE`
}

const refused = () => unauthenticated('This session has ended: sign in again.')
