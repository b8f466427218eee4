import { parsePage, toConnection } from '@classgram/graphql'
import type {
  GroupProgressResolvers,
  GroupResolvers,
  MutationResolvers,
  StudentResolvers,
} from '../generated/graphql.ts'
import { readGroup } from '../group/reads.ts'
import type { GroupProgressRow } from '../rows.ts'
import { recordGroupProgress } from './record-group-progress.ts'
import { removeGroupProgress } from './remove-group-progress.ts'
import { updateGroupProgress } from './update-group-progress.ts'

const position = (record: GroupProgressRow) => ({ sort: record.recordedAt, id: record.id })

export const progressResolvers = {
  Mutation: {
    recordGroupProgress: (_, { input }, ctx) => recordGroupProgress(ctx, input),
    updateGroupProgress: (_, { input }, ctx) => updateGroupProgress(ctx, input),
    removeGroupProgress: (_, { input }, ctx) => removeGroupProgress(ctx, input),
  } satisfies MutationResolvers,

  Group: {
    async progress(group, args, { loaders }) {
      const page = parsePage(args)
      return toConnection(await loaders.groupProgressPage({ page }).load(group.id), page, position)
    },
    async studentProgress(group, { studentTelegramId, ...args }, { loaders }) {
      const page = parsePage(args)
      const of = { page, studentTelegramId: String(studentTelegramId) }
      return toConnection(await loaders.groupProgressPage(of).load(group.id), page, position)
    },
    async progressSummary(group, args, { loaders }) {
      const page = parsePage(args)
      const summaries = await loaders.progressSummaryPage(page).load(group.id)
      return toConnection(summaries, page, ({ lastRecordedAt, lastRecordId }) => ({
        sort: lastRecordedAt,
        id: lastRecordId,
      }))
    },
  } satisfies GroupResolvers,

  Student: {
    async progress({ telegramId }, { groupId, from, to, ...args }, { loaders }) {
      const page = parsePage(args)
      const records = loaders.studentProgressPage({ page, groupId, from, to })
      return toConnection(await records.load(telegramId), page, position)
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
