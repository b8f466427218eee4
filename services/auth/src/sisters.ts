import type { SubgraphRequest } from '@classgram/server/subgraph'
import DataLoader from 'dataloader'

/** As many students as groups answers for at a time. */
const maxBatchSize = 500

const query = `query TaughtStudents($teacherTelegramId: TelegramID!, $studentTelegramIds: [TelegramID!]!) {
  taughtStudents(teacherTelegramId: $teacherTelegramId, studentTelegramIds: $studentTelegramIds)
}`

/** Asks groups which of the students the viewer, a teacher, teaches now. Nobody else teaches. */
export function createTaughtLoader({ viewer, ask }: SubgraphRequest) {
  return new DataLoader<bigint, boolean>(
    async (students) => {
      if (viewer.kind !== 'person' || viewer.role !== 'TEACHER') return students.map(() => false)
      const { taughtStudents } = await ask<{ taughtStudents: string[] }>('groups', query, {
        teacherTelegramId: viewer.telegramId,
        studentTelegramIds: students,
      })
      const taught = new Set(taughtStudents)
      return students.map((student) => taught.has(String(student)))
    },
    { maxBatchSize },
  )
}
