import { forgetTraces, transact } from '@classgram/database'
import type { ErasedData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'

/**
 * Removes a person's profile as a teacher. Lessons and groups go on to name the teacher by id, which
 * needs no profile. The list of their groups stays: it repeats what the groups service says.
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<ErasedData> {
  return transact(ctx.db, ctx, async (tx) => {
    const languages = await tx.teacherLanguage.deleteMany({
      where: { teacherTelegramId: telegramId },
    })
    const teachers = await tx.teacher.deleteMany({ where: { telegramId } })
    const rows = {
      teacher_languages: languages.count,
      teachers: teachers.count,
      ...(await forgetTraces(tx, telegramId)),
    }
    return { rows, isDone: true }
  })
}
