import type { RequestContext } from '../context.ts'
import type { StudentResolvers, TeacherResolvers, UserResolvers } from '../generated/graphql.ts'
import { isVisible } from '../group/reads.ts'
import type { PersonKey } from '../rows.ts'

export const personResolvers = {
  User: { groups: (user, _, ctx) => visibleGroups(user, ctx) } satisfies UserResolvers,

  Teacher: {
    groups: async (teacher, _, ctx) =>
      (await visibleGroups(teacher, ctx)).filter((group) => !group.isMember),
  } satisfies TeacherResolvers,

  Student: {
    groups: async (student, _, ctx) =>
      (await visibleGroups(student, ctx)).filter((group) => group.isMember),
  } satisfies StudentResolvers,
}

async function visibleGroups({ telegramId }: PersonKey, ctx: RequestContext) {
  const groups = await ctx.loaders.groupsOfPerson.load(telegramId)
  return groups.filter((group) => isVisible(group, ctx))
}
