import { notFound } from '@classgram/errors'
import { signAccessToken } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import { assertMaySignIn } from '../session/open-session.ts'
import { accessTokenSeconds, signingKey } from './signing-keys.ts'

/**
 * An access token for anybody.
 *
 * @throws NOT_FOUND for somebody unknown, FORBIDDEN for somebody who may not sign in
 */
export async function devSignIn(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<{ accessToken: string }> {
  const user = await ctx.db.user.findUnique({ where: { telegramId } })
  if (!user) throw notFound('user', telegramId)
  assertMaySignIn(user)
  const { role } = user
  const person = { kind: 'person', telegramId, role } as const
  const options = { issuer: ctx.tokenIssuer, expiresIn: accessTokenSeconds }
  return { accessToken: await signAccessToken(person, options, await signingKey(ctx)) }
}
