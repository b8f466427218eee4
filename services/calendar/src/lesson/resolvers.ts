import type { RequestContext } from '../context.ts'
import type {
  GroupResolvers,
  LessonResolvers,
  MutationResolvers,
  QueryResolvers,
  StudentResolvers,
  TeacherResolvers,
  UserResolvers,
} from '../generated/graphql.ts'
import { createLesson } from './create-lesson.ts'
import { readLesson, readLessons, readLessonsOfGroup, readLessonsOfPerson } from './reads.ts'
import { updateLesson } from './update-lesson.ts'

export const lessonResolvers = {
  Query: {
    lesson: (_, { id }, ctx) => readLesson(ctx, id),
    lessons: (_, args, ctx) => readLessons(ctx, args),
  } satisfies QueryResolvers,

  Mutation: {
    createLesson: (_, { input }, ctx) => createLesson(ctx, input),
    updateLesson: (_, { input }, ctx) => updateLesson(ctx, input),
  } satisfies MutationResolvers,

  Lesson: {
    __resolveReference: async ({ id }: { id: string }, { loaders }: RequestContext) =>
      (await loaders.lessonById.load(id)) ?? null,
    place: (lesson) => lesson.location,
    teacher: (lesson) => ({ telegramId: lesson.teacherTelegramId }),
    group: ({ groupId }) => (groupId === null ? null : { id: groupId }),
  } satisfies LessonResolvers,

  User: {
    lessons: ({ telegramId }, span, ctx) => readLessonsOfPerson(ctx, telegramId, 'ANY', span),
  } satisfies UserResolvers,

  Teacher: {
    lessons: ({ telegramId }, span, ctx) => readLessonsOfPerson(ctx, telegramId, 'TEACHER', span),
  } satisfies TeacherResolvers,

  Student: {
    lessons: ({ telegramId }, span, ctx) => readLessonsOfPerson(ctx, telegramId, 'STUDENT', span),
  } satisfies StudentResolvers,

  Group: {
    lessons: ({ id }, span, ctx) => readLessonsOfGroup(ctx, id, span),
  } satisfies GroupResolvers,
}
