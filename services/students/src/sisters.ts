import type { SubgraphRequest } from '@classgram/server/subgraph'
import DataLoader from 'dataloader'
import type { RequestContext } from './context.ts'

/** As many students as groups answers for at a time. */
const maxBatchSize = 500

const taughtStudentsQuery = `query TaughtStudents($teacherTelegramId: TelegramID!, $studentTelegramIds: [TelegramID!]!) {
  taughtStudents(teacherTelegramId: $teacherTelegramId, studentTelegramIds: $studentTelegramIds)
}`

/** Asks groups which of the students the viewer, a teacher, teaches now. Nobody else teaches. */
export function createTaughtLoader({ viewer, ask }: SubgraphRequest) {
  return new DataLoader<bigint, boolean>(
    async (students) => {
      if (viewer.kind !== 'person' || viewer.role !== 'TEACHER') return students.map(() => false)
      const { taughtStudents } = await ask<{ taughtStudents: string[] }>(
        'groups',
        taughtStudentsQuery,
        { teacherTelegramId: viewer.telegramId, studentTelegramIds: students },
      )
      const taught = new Set(taughtStudents)
      return students.map((student) => taught.has(String(student)))
    },
    { maxBatchSize },
  )
}

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
