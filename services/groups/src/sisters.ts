import type { RequestContext } from './context.ts'

/** Asks the teachers service whether there is such a teacher. */
export async function teacherExists(ctx: RequestContext, telegramId: bigint): Promise<boolean> {
  const { teacher } = await ctx.sisters.ask<{ teacher: object | null }>('teachers', {
    query:
      'query TeacherExists($telegramId: TelegramID!) { teacher(telegramId: $telegramId) { telegramId } }',
    variables: { telegramId },
    requestId: ctx.requestId,
  })
  return teacher !== null
}

/** Asks the students service whether there is such a student. */
export async function studentExists(ctx: RequestContext, telegramId: bigint): Promise<boolean> {
  const { student } = await ctx.sisters.ask<{ student: object | null }>('students', {
    query:
      'query StudentExists($telegramId: TelegramID!) { student(telegramId: $telegramId) { telegramId } }',
    variables: { telegramId },
    requestId: ctx.requestId,
  })
  return student !== null
}
