import type { LessonParticipantResolvers, MutationResolvers } from '../generated/graphql.ts'
import { addLessonParticipant } from './add-lesson-participant.ts'
import { removeLessonParticipant } from './remove-lesson-participant.ts'
import { respondToLesson } from './respond-to-lesson.ts'

export const participantResolvers = {
  Mutation: {
    addLessonParticipant: (_, { input }, ctx) => addLessonParticipant(ctx, input),
    removeLessonParticipant: (_, { input }, ctx) => removeLessonParticipant(ctx, input),
    respondToLesson: (_, { input }, ctx) => respondToLesson(ctx, input),
  } satisfies MutationResolvers,

  LessonParticipant: {
    student: (entry) => ({ telegramId: entry.studentTelegramId }),
  } satisfies LessonParticipantResolvers,
}
