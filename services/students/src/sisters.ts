import type { Sisters, SubgraphRequest } from '@classgram/server'
import DataLoader from 'dataloader'
import type { RequestContext } from './context.ts'

/** As many students as groups answers for at a time. */
const maxBatchSize = 500

const taughtStudentsQuery = `query TaughtStudents($teacherTelegramId: TelegramID!, $studentTelegramIds: [TelegramID!]!) {
  taughtStudents(teacherTelegramId: $teacherTelegramId, studentTelegramIds: $studentTelegramIds)
}`

/** Asks groups which of the students the viewer, a teacher, teaches now. Nobody else teaches. */
export function createTaughtLoader(sisters: Sisters, { viewer, requestId }: SubgraphRequest) {
  return new DataLoader<bigint, boolean>(
    async (students) => {
      if (viewer.kind !== 'person' || viewer.role !== 'TEACHER') return students.map(() => false)
      const { taughtStudents } = await sisters.ask<{ taughtStudents: string[] }>('groups', {
        query: taughtStudentsQuery,
        variables: { teacherTelegramId: viewer.telegramId, studentTelegramIds: students },
        requestId,
      })
      const taught = new Set(taughtStudents)
      return students.map((student) => taught.has(String(student)))
    },
    { maxBatchSize },
  )
}

/** Asks auth whether the school knows such a person. */
export async function personExists(ctx: RequestContext, telegramId: bigint): Promise<boolean> {
  const { user } = await ctx.sisters.ask<{ user: object | null }>('auth', {
    query:
      'query PersonExists($telegramId: TelegramID!) { user(telegramId: $telegramId) { telegramId } }',
    variables: { telegramId },
    requestId: ctx.requestId,
  })
  return user !== null
}
