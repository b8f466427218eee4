import type { StudentResolvers, TeacherResolvers, UserResolvers } from '../generated/graphql.ts'
import { isVisible, readGroupsOfPerson } from '../group/reads.ts'

export const personResolvers = {
  User: {
    groups: ({ telegramId }, _, ctx) => readGroupsOfPerson(ctx, telegramId),
  } satisfies UserResolvers,

  Teacher: {
    groups: async ({ telegramId }, _, ctx) => {
      const groups = await ctx.loaders.groupsOfTeacher.load(telegramId)
      return groups.filter((group) => isVisible(group, ctx))
    },
  } satisfies TeacherResolvers,

  Student: {
    groups: ({ telegramId }, _, { loaders }) => loaders.groupsOfStudent.load(telegramId),
  } satisfies StudentResolvers,
}
