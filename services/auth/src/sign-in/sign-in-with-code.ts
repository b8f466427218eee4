import { timingSafeEqual } from 'node:crypto'
import { unauthenticated } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { SignInWithCodeInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { networkOf } from '../limits/network-of.ts'
import { authorOf, issueTokens, openSession, type Tokens } from '../session/open-session.ts'
import { hashCode } from './login-code.ts'

/**
 * Signs in with a one-time code of the bot. The latest code of a person is the one that counts; it
 * holds once, for 10 minutes and 5 attempts.
 *
 * @throws RATE_LIMITED; UNAUTHENTICATED, in the same words whatever is wrong; FORBIDDEN for somebody with the right
 * code who may not sign in
 */
export async function signInWithCode(
  ctx: RequestContext,
  { telegramId, code }: SignInWithCodeInput,
): Promise<Tokens> {
  await ctx.limits.count('signInFromAddress', networkOf(ctx.client))
  await ctx.limits.count('codeAsPerson', String(telegramId))
  const latest = await ctx.db.loginCode.findFirst({
    where: { userTelegramId: telegramId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  if (!latest) throw refused()
  const isRight = timingSafeEqual(latest.codeHash, hashCode(ctx.vault, telegramId, code))
  // Whoever does not have the code is nobody that the audit log could name.
  const author = isRight ? authorOf(telegramId, ctx) : ctx
  return issueTokens(ctx, author, async (tx) => {
    const counted = await countAttempt(tx, latest.id, ctx.clock(), isRight)
    if (!counted || !isRight) return refused()
    const user = await tx.user.update({
      where: { telegramId },
      data: { lastSeenAt: ctx.clock() },
    })
    return openSession(tx, ctx, user, 'LOGIN_CODE')
  })
}

/**
 * Counts the attempt, and uses the code up if it was the right one. One statement, so that of many
 * at once each is counted, and one alone uses the code.
 *
 * @returns whether there was an attempt to make
 */
async function countAttempt(
  tx: Prisma.TransactionClient,
  id: string,
  now: Date,
  isRight: boolean,
): Promise<boolean> {
  const { count } = await tx.loginCode.updateMany({
    where: {
      id,
      consumedAt: null,
      expiresAt: { gt: now },
      attempts: { lt: tx.loginCode.fields.maxAttempts },
    },
    data: { attempts: { increment: 1 }, ...(isRight && { consumedAt: now }) },
  })
  return count === 1
}

const refused = () => unauthenticated('This code does not hold: ask the bot for a new one.')
