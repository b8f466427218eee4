import { forgetTraces, transact } from '@classgram/database'
import type { ErasedData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'

/**
 * Removes a person's profile as a student. Groups and lessons go on to name the student by id, which
 * needs no profile. Whom the person assessed keeps the assessment, which names the assessor by id.
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<ErasedData> {
  return transact(ctx.db, ctx, async (tx) => {
    const own = { where: { studentTelegramId: telegramId } }
    const languages = await tx.studentLanguage.deleteMany(own)
    const assessments = await tx.levelAssessment.deleteMany(own)
    const enrollments = await tx.groupEnrollment.deleteMany(own)
    const students = await tx.student.deleteMany({ where: { telegramId } })
    const rows = {
      student_languages: languages.count,
      level_assessments: assessments.count,
      group_enrollments: enrollments.count,
      students: students.count,
      ...(await forgetTraces(tx, telegramId)),
    }
    return { rows, isDone: true }
  })
}
