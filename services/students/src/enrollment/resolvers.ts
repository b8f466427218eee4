import type { GroupEnrollmentResolvers, StudentResolvers } from '../generated/graphql.ts'

export const enrollmentResolvers = {
  Student: {
    async enrollments({ telegramId }, { status }, { loaders }) {
      const student = await loaders.studentByTelegramId.load(telegramId)
      if (!student) return null
      return status
        ? student.enrollments.filter((enrollment) => status.includes(enrollment.status))
        : student.enrollments
    },
  } satisfies StudentResolvers,

  GroupEnrollment: {
    group: ({ groupId }) => ({ id: groupId }),
    invitedAt: ({ invitedAt }) => instant(invitedAt),
    joinedAt: ({ joinedAt }) => instant(joinedAt),
    leftAt: ({ leftAt }) => instant(leftAt),
  } satisfies GroupEnrollmentResolvers,
}

function instant(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
