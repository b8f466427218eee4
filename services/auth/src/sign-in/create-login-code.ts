import { randomInt } from 'node:crypto'
import { transact } from '@classgram/database'
import { forbidden, notFound } from '@classgram/errors'
import type { Viewer } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { CreateLoginCodeInput } from '../generated/graphql.ts'
import { assertMaySignIn } from '../session/open-session.ts'
import { codeLength, hashCode, letters } from './login-code.ts'

const lifeMs = 10 * 60 * 1000

/** Who runs the bot. A code opens a person's account, so no other service makes any. */
const botService = 'notification'

/**
 * Makes a one-time code for a person, which the bot then shows to them and nobody else.
 *
 * @returns the code, which is stored nowhere in the clear
 * @throws FORBIDDEN for other services than the bot's, and for a person who may not sign in; NOT_FOUND; RATE_LIMITED
 */
export async function createLoginCode(
  ctx: RequestContext,
  { telegramId }: CreateLoginCodeInput,
): Promise<{ code: string; expiresAt: Date }> {
  if (!mayHandOutCodes(ctx.viewer)) throw forbidden('Only the bot hands out codes.')
  await ctx.limits.count('codeForPerson', String(telegramId))
  const user = await ctx.db.user.findUnique({ where: { telegramId } })
  if (!user) throw notFound('user', telegramId)
  assertMaySignIn(user)
  const code = Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('')
  const now = ctx.clock()
  const expiresAt = new Date(now.getTime() + lifeMs)
  await transact(ctx.db, ctx, (tx) =>
    tx.loginCode.create({
      data: {
        userTelegramId: telegramId,
        codeHash: hashCode(ctx.vault, telegramId, code),
        createdAt: now,
        expiresAt,
      },
    }),
  )
  return { code, expiresAt }
}

/** Programs are let in by their scope, before this is asked. */
function mayHandOutCodes(viewer: Viewer): boolean {
  return viewer.kind === 'machine' || (viewer.kind === 'service' && viewer.name === botService)
}
