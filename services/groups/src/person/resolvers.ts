import type { StudentResolvers, TeacherResolvers, UserResolvers } from '../generated/graphql.ts'
import { isVisible } from '../group/reads.ts'

export const personResolvers = {
  User: {
    groups: ({ telegramId }, _, { loaders }) => loaders.groupsOfPerson.load(telegramId),
  } satisfies UserResolvers,

  Teacher: {
    groups: async ({ telegramId }, _, ctx) => {
      const groups = await ctx.loaders.groupsOfPerson.load(telegramId)
      return groups.filter((group) => !group.isMember && isVisible(group, ctx))
    },
  } satisfies TeacherResolvers,

  Student: {
    groups: async ({ telegramId }, _, { loaders }) => {
      const groups = await loaders.groupsOfPerson.load(telegramId)
      return groups.filter((group) => group.isMember)
    },
  } satisfies StudentResolvers,
}
