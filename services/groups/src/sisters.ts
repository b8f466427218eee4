import type { RequestContext } from './context.ts'

/**
 * Asks the teachers service where a teacher stands.
 *
 * @returns the status, or null when there is no such teacher
 */
export async function findTeacherStatus(
  { ask }: RequestContext,
  telegramId: bigint,
): Promise<string | null> {
  const { teacher } = await ask<{ teacher: { status: string } | null }>(
    'teachers',
    'query TeacherStatus($telegramId: TelegramID!) { teacher(telegramId: $telegramId) { telegramId status } }',
    { telegramId },
  )
  return teacher?.status ?? null
}

/** Asks the students service whether there is such a student. */
export async function studentExists({ ask }: RequestContext, telegramId: bigint): Promise<boolean> {
  const { student } = await ask<{ student: object | null }>(
    'students',
    'query StudentExists($telegramId: TelegramID!) { student(telegramId: $telegramId) { telegramId } }',
    { telegramId },
  )
  return student !== null
}
