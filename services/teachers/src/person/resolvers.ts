import type { UserResolvers } from '../generated/graphql.ts'
import { readTeacher } from '../teacher/reads.ts'

export const personResolvers = {
  User: {
    teacher: ({ telegramId }, _, ctx) => readTeacher(ctx, telegramId),
  } satisfies UserResolvers,
}
