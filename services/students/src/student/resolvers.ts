import type { RequestContext } from '../context.ts'
import type { MutationResolvers, QueryResolvers, StudentResolvers } from '../generated/graphql.ts'
import type { StudentRow } from '../rows.ts'
import { createStudent } from './create-student.ts'
import { openGuardianContact } from './guardian-contact.ts'
import type { StudentRecord } from './loaders.ts'
import { readKnownStudents, readStudent, readStudents } from './reads.ts'
import { updateStudent } from './update-student.ts'

export const studentResolvers = {
  Query: {
    student: (_, { telegramId }, ctx) => readStudent(ctx, telegramId),
    students: (_, args, ctx) => readStudents(ctx, args),
    knownStudents: (_, { telegramIds }, ctx) => readKnownStudents(ctx, telegramIds),
  } satisfies QueryResolvers,

  Mutation: {
    createStudent: (_, { input }, ctx) => createStudent(ctx, input),
    updateStudent: (_, { input }, ctx) => updateStudent(ctx, input),
  } satisfies MutationResolvers,

  // Nothing is read for a bare reference: whoever refers to a student made sure that there is one,
  // and most only want to know the person's name.
  Student: {
    user: ({ telegramId }) => ({ telegramId }),
    goals: stored('goals'),
    timezone: stored('timezone'),
    communicationLanguage: stored('communicationLanguage'),
    notes: stored('staffNotes'),
    async guardianContact({ telegramId }, _, { loaders, vault }) {
      const student = await loaders.studentByTelegramId.load(telegramId)
      return student ? openGuardianContact(vault, student) : null
    },
    createdAt: stored('createdAt'),
    updatedAt: stored('updatedAt'),
  } satisfies StudentResolvers,
}

function stored<Field extends keyof StudentRecord>(field: Field) {
  return async ({ telegramId }: StudentRow, _: unknown, { loaders }: RequestContext) =>
    (await loaders.studentByTelegramId.load(telegramId))?.[field] ?? null
}
