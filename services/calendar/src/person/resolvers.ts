import type { StudentResolvers, TeacherResolvers, UserResolvers } from '../generated/graphql.ts'
import { readLessonsOfPerson } from '../lesson/reads.ts'

export const personResolvers = {
  User: {
    lessons: ({ telegramId }, span, ctx) => readLessonsOfPerson(ctx, telegramId, 'ANY', span),
  } satisfies UserResolvers,

  Teacher: {
    lessons: ({ telegramId }, span, ctx) => readLessonsOfPerson(ctx, telegramId, 'TEACHER', span),
  } satisfies TeacherResolvers,

  Student: {
    lessons: ({ telegramId }, span, ctx) => readLessonsOfPerson(ctx, telegramId, 'STUDENT', span),
  } satisfies StudentResolvers,
}
