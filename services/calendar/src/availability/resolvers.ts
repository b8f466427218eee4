import type { TeacherResolvers } from '../generated/graphql.ts'
import { readAvailability } from './reads.ts'

export const availabilityResolvers = {
  Teacher: {
    availability: ({ telegramId }, span, ctx) => readAvailability(ctx, telegramId, span),
  } satisfies TeacherResolvers,
}
