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

/** A person whose name fits what is searched; the higher the rank, the better. */
export interface NameMatch {
  telegramId: string
  rank: number
}

/**
 * Asks auth, which knows the names, for people who may teach.
 *
 * @returns the best matches, at most 1000
 */
export async function findTeachersByName(
  { ask }: RequestContext,
  words: readonly string[],
): Promise<NameMatch[]> {
  const { teachersByName } = await ask<{ teachersByName: NameMatch[] }>(
    'auth',
    'query TeachersByName($words: [String!]!) { teachersByName(words: $words) { telegramId rank } }',
    { words },
  )
  return teachersByName
}
