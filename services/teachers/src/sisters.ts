import type { RequestContext } from './context.ts'

/**
 * Asks auth what a person is at the school.
 *
 * @returns the role, or null when auth does not know the person
 */
export async function roleOf(ctx: RequestContext, telegramId: bigint): Promise<string | null> {
  const { user } = await ctx.sisters.ask<{ user: { role: string } | null }>('auth', {
    query:
      'query RoleOf($telegramId: TelegramID!) { user(telegramId: $telegramId) { telegramId role } }',
    variables: { telegramId },
    requestId: ctx.requestId,
  })
  return user?.role ?? null
}
