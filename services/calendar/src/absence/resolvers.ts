import type { MutationResolvers, TeacherResolvers } from '../generated/graphql.ts'
import { parseSpan } from '../lesson/span.ts'
import { createTeacherAbsence } from './create-teacher-absence.ts'
import { removeTeacherAbsence } from './remove-teacher-absence.ts'
import { updateTeacherAbsence } from './update-teacher-absence.ts'

export const absenceResolvers = {
  Mutation: {
    createTeacherAbsence: (_, { input }, ctx) => createTeacherAbsence(ctx, input),
    updateTeacherAbsence: (_, { input }, ctx) => updateTeacherAbsence(ctx, input),
    removeTeacherAbsence: (_, { input }, ctx) => removeTeacherAbsence(ctx, input),
  } satisfies MutationResolvers,

  Teacher: {
    absences: ({ telegramId }, span, { loaders }) =>
      loaders.absencesOfTeacher(parseSpan(span)).load(telegramId),
  } satisfies TeacherResolvers,
}
