import type { GroupResolvers } from '../generated/graphql.ts'

export const lessonResolvers = {
  Group: {
    weekdays: ({ id }, _, { loaders }) => loaders.weekdaysOfGroup.load(id),
  } satisfies GroupResolvers,
}
