import type { RequestContext } from './context.ts'

/**
 * Asks auth what a person is at the school.
 *
 * @returns the role, or null when auth does not know the person
 */
export async function roleOf({ ask }: RequestContext, telegramId: bigint): Promise<string | null> {
  const { user } = await ask<{ user: { role: string } | null }>(
    'auth',
    'query RoleOf($telegramId: TelegramID!) { user(telegramId: $telegramId) { telegramId role } }',
    { telegramId },
  )
  return user?.role ?? null
}
