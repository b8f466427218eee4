import { forbidden, notFound } from '@classgram/errors'
import { signAccessToken } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import { signingKey } from './signing-keys.ts'

/** Life of an access token in seconds. */
const expiresIn = 15 * 60

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
  if (!user.isActive || user.erasedAt) throw forbidden('This person may not sign in.')
  const { role } = user
  const person = { kind: 'person', telegramId, role } as const
  const options = { issuer: ctx.tokenIssuer, expiresIn }
  return { accessToken: await signAccessToken(person, options, await signingKey(ctx)) }
}
