import type { GroupResolvers } from '../generated/graphql.ts'
import { readLessonsOfGroup } from '../lesson/reads.ts'

export const groupResolvers = {
  Group: {
    lessons: ({ id }, span, ctx) => readLessonsOfGroup(ctx, id, span),
  } satisfies GroupResolvers,
}
