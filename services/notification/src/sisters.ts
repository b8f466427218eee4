import type { RequestContext } from './context.ts'

/** Asks the auth service whether the school knows such a person. */
export async function userExists({ ask }: RequestContext, telegramId: bigint): Promise<boolean> {
  const { user } = await ask<{ user: object | null }>(
    'auth',
    'query UserExists($telegramId: TelegramID!) { user(telegramId: $telegramId) { telegramId } }',
    { telegramId },
  )
  return user !== null
}
