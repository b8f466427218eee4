import { parsePage, toConnection } from '@classgram/graphql'
import type {
  LevelAssessmentResolvers,
  MutationResolvers,
  StudentResolvers,
} from '../generated/graphql.ts'
import { assessLevel } from './assess-level.ts'

export const assessmentResolvers = {
  Mutation: {
    assessLevel: (_, { input }, ctx) => assessLevel(ctx, input),
  } satisfies MutationResolvers,

  Student: {
    async levelAssessments({ telegramId }, { language, ...args }, { loaders }) {
      const page = parsePage(args)
      const rows = await loaders.assessmentPage({ page, language }).load(telegramId)
      return toConnection(rows, page, (row) => ({ sort: row.assessedAt, id: row.id }))
    },
  } satisfies StudentResolvers,

  LevelAssessment: {
    from: (assessment) => assessment.previousLevel,
    to: (assessment) => assessment.level,
    assessedBy: (assessment) => ({ telegramId: assessment.assessedByTelegramId }),
  } satisfies LevelAssessmentResolvers,
}
