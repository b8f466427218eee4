import type { RequestContext } from '../context.ts'
import type { MutationResolvers, QueryResolvers, TeacherResolvers } from '../generated/graphql.ts'
import type { TeacherRow } from '../rows.ts'
import { createTeacher } from './create-teacher.ts'
import { findTeachers } from './find-teachers.ts'
import type { TeacherRecord } from './loaders.ts'
import { readKnownTeachers, readTeacher } from './reads.ts'
import { updateTeacher } from './update-teacher.ts'

export const teacherResolvers = {
  Query: {
    teacher: (_, { telegramId }, ctx) => readTeacher(ctx, telegramId),
    teachers: (_, args, ctx) => findTeachers(ctx, args),
    knownTeachers: (_, { telegramIds }, ctx) => readKnownTeachers(ctx, telegramIds),
  } satisfies QueryResolvers,

  Mutation: {
    createTeacher: (_, { input }, ctx) => createTeacher(ctx, input),
    updateTeacher: (_, { input }, ctx) => updateTeacher(ctx, input),
  } satisfies MutationResolvers,

  // Nothing is read for a bare reference: who gives a lesson stays a person with a name, whatever
  // becomes of their profile.
  Teacher: {
    user: ({ telegramId }) => ({ telegramId }),
    headline: visible('headline'),
    bio: visible('bio'),
    experienceYears: visible('experienceYears'),
    hourlyRate: visible('hourlyRate'),
    currency: visible('currency'),
    timezone: visible('timezone'),
    videoUrl: visible('videoUrl'),
    isAcceptingStudents: visible('isAcceptingStudents'),
    status: visible('status'),
    languages: visible('languages'),
    runningGroupCount: visible('runningGroupCount'),
    createdAt: visible('createdAt'),
    updatedAt: visible('updatedAt'),
  } satisfies TeacherResolvers,
}

/** A field of the profile; null when the viewer may not know of it. */
function visible<Field extends keyof TeacherRecord>(field: Field) {
  return async ({ telegramId }: TeacherRow, _: unknown, ctx: RequestContext) =>
    (await readTeacher(ctx, telegramId))?.[field] ?? null
}
