import type { MutationResolvers, TeacherResolvers } from '../generated/graphql.ts'
import { createTeacherSchedule } from './create-teacher-schedule.ts'
import { updateTeacherSchedule } from './update-teacher-schedule.ts'

export const scheduleResolvers = {
  Mutation: {
    createTeacherSchedule: (_, { input }, ctx) => createTeacherSchedule(ctx, input),
    updateTeacherSchedule: (_, { input }, ctx) => updateTeacherSchedule(ctx, input),
  } satisfies MutationResolvers,

  Teacher: {
    schedules: ({ telegramId }, _, { loaders }) => loaders.schedulesOfTeacher.load(telegramId),
  } satisfies TeacherResolvers,
}
