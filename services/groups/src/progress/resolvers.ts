import { parsePage, toConnection } from '@classgram/graphql'
import type {
  GroupProgressResolvers,
  GroupResolvers,
  StudentResolvers,
} from '../generated/graphql.ts'
import { readGroup } from '../group/reads.ts'
import type { GroupProgressRow } from '../rows.ts'

const position = (record: GroupProgressRow) => ({ sort: record.recordedAt, id: record.id })

export const progressResolvers = {
  Group: {
    async progress(group, args, { loaders }) {
      const page = parsePage(args)
      return toConnection(await loaders.groupProgressPage(page).load(group.id), page, position)
    },
  } satisfies GroupResolvers,

  Student: {
    async progress({ telegramId }, args, { loaders }) {
      const page = parsePage(args)
      return toConnection(await loaders.studentProgressPage(page).load(telegramId), page, position)
    },
  } satisfies StudentResolvers,

  GroupProgress: {
    group: (record, _, ctx) => readGroup(ctx, record.groupId),
    student: ({ studentTelegramId }) =>
      studentTelegramId === null ? null : { telegramId: studentTelegramId },
    recordedBy: (record) => ({ telegramId: record.recordedByTelegramId }),
    score: (record) => record.score?.toNumber() ?? null,
  } satisfies GroupProgressResolvers,
}
