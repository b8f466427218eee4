import type { RequestContext } from '../context.ts'

const mostTeachersAsked = 100

/**
 * Asks the teachers service, for many teachers together.
 *
 * @returns the status of their profiles, by Telegram id; who has none is absent
 */
export async function findTeachers(
  { ask }: RequestContext,
  telegramIds: readonly bigint[],
): Promise<Map<bigint, string>> {
  const found = new Map<bigint, string>()
  for (let from = 0; from < telegramIds.length; from += mostTeachersAsked) {
    const portion = telegramIds.slice(from, from + mostTeachersAsked)
    const parameters = portion.map((_, i) => `$t${i}: TelegramID!`).join(', ')
    const fields = portion.map((_, i) => `t${i}: teacher(telegramId: $t${i}) { telegramId status }`)
    const answer = await ask<Record<string, { telegramId: string; status: string } | null>>(
      'teachers',
      `query StatusOfTeachers(${parameters}) { ${fields.join(' ')} }`,
      Object.fromEntries(portion.map((id, i) => [`t${i}`, id])),
    )
    for (const teacher of Object.values(answer)) {
      if (teacher) found.set(BigInt(teacher.telegramId), teacher.status)
    }
  }
  return found
}
