import type { RequestContext } from '../context.ts'
import type { LessonResolvers, MutationResolvers, QueryResolvers } from '../generated/graphql.ts'
import { cancelLesson } from './cancel-lesson.ts'
import { createLesson } from './create-lesson.ts'
import { readLesson, readLessons } from './reads.ts'
import { updateLesson } from './update-lesson.ts'

export const lessonResolvers = {
  Query: {
    lesson: (_, { id }, ctx) => readLesson(ctx, id),
    lessons: (_, args, ctx) => readLessons(ctx, args),
  } satisfies QueryResolvers,

  Mutation: {
    createLesson: (_, { input }, ctx) => createLesson(ctx, input),
    cancelLesson: (_, { input }, ctx) => cancelLesson(ctx, input),
    updateLesson: (_, { input }, ctx) => updateLesson(ctx, input),
  } satisfies MutationResolvers,

  Lesson: {
    __resolveReference: async ({ id }: { id: string }, { loaders }: RequestContext) =>
      (await loaders.lessonById.load(id)) ?? null,
    place: (lesson) => lesson.location,
    teacher: (lesson) => ({ telegramId: lesson.teacherTelegramId }),
    group: ({ groupId }) => (groupId === null ? null : { id: groupId }),
  } satisfies LessonResolvers,
}
