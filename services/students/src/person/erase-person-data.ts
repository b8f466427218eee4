import { forgetTraces, transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'

/**
 * Removes a person's profile as a student. Groups and lessons go on to name the student by id, which
 * needs no profile. Whom the person assessed keeps the assessment, which names the assessor by id.
 *
 * @returns how many rows went, by table
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<Record<string, number>> {
  return transact(ctx.db, ctx, async (tx) => {
    const own = { where: { studentTelegramId: telegramId } }
    const languages = await tx.studentLanguage.deleteMany(own)
    const assessments = await tx.levelAssessment.deleteMany(own)
    const enrollments = await tx.groupEnrollment.deleteMany(own)
    const students = await tx.student.deleteMany({ where: { telegramId } })
    return {
      student_languages: languages.count,
      level_assessments: assessments.count,
      group_enrollments: enrollments.count,
      students: students.count,
      ...(await forgetTraces(tx, telegramId)),
    }
  })
}
