import type { UserResolvers } from '../generated/graphql.ts'
import { readTeacher } from '../teacher/reads.ts'

export const userResolvers = {
  User: {
    // A representation comes as it was on the wire, where the id is a string.
    __resolveReference: ({ telegramId }: { telegramId: string | bigint }) => ({
      telegramId: BigInt(telegramId),
    }),
    teacher: ({ telegramId }, _, ctx) => readTeacher(ctx, telegramId),
  } satisfies UserResolvers,
}
