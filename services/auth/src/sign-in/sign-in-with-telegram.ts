import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { SignInWithLoginWidgetInput, SignInWithTelegramInput } from '../generated/graphql.ts'
import { networkOf } from '../limits/network-of.ts'
import type { Tokens } from '../session/open-session.ts'
import { verifyLaunchData } from '../telegram/launch-data.ts'
import { verifyLoginWidget } from '../telegram/login-widget.ts'
import { signInVouched } from '../telegram/sign-in-vouched.ts'

/** Far more than Telegram ever sends. */
const signed = z.string().max(8_192)

/**
 * Signs in from a Mini App.
 *
 * @throws UNAUTHENTICATED when Telegram did not sign the data, or too long ago; FORBIDDEN for
 * somebody who may not sign in; CONFLICT `SIGN_IN_NOT_OFFERED`; RATE_LIMITED; BAD_USER_INPUT for
 * data that is too long
 */
export async function signInWithTelegram(
  ctx: RequestContext,
  input: SignInWithTelegramInput,
): Promise<Tokens> {
  await ctx.limits.count('signInFromAddress', networkOf(ctx.client))
  const { initData } = parseInput(z.object({ initData: signed }), input)
  const vouched = verifyLaunchData(ctx.telegram, ctx.clock(), initData)
  return signInVouched(ctx, vouched, 'TELEGRAM_MINI_APP')
}

/**
 * Signs in from a web page with Telegram's Login Widget.
 *
 * @throws as `signInWithTelegram`
 */
export async function signInWithLoginWidget(
  ctx: RequestContext,
  input: SignInWithLoginWidgetInput,
): Promise<Tokens> {
  await ctx.limits.count('signInFromAddress', networkOf(ctx.client))
  const { data } = parseInput(z.object({ data: signed }), input)
  const vouched = verifyLoginWidget(ctx.telegram, ctx.clock(), data)
  return signInVouched(ctx, vouched, 'TELEGRAM_LOGIN_WIDGET')
}
