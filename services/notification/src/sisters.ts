import type { RequestContext } from './context.ts'

/** Asks the auth service whether the school knows such a person. */
export async function userExists(ctx: RequestContext, telegramId: bigint): Promise<boolean> {
  const { user } = await ctx.sisters.ask<{ user: object | null }>('auth', {
    query:
      'query UserExists($telegramId: TelegramID!) { user(telegramId: $telegramId) { telegramId } }',
    variables: { telegramId },
    requestId: ctx.requestId,
  })
  return user !== null
}
