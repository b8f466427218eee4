import { transact } from '@classgram/database'
import { badUserInput, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { UpdateTeacherInput } from '../generated/graphql.ts'
import type { TeacherRow } from '../rows.ts'
import { replaceLanguages } from './replace-languages.ts'
import { profile } from './rules.ts'

/**
 * Changes a profile, and its list of languages as a whole.
 *
 * @throws FORBIDDEN for another teacher's profile or one's own status, NOT_FOUND, BAD_USER_INPUT
 */
export async function updateTeacher(
  ctx: RequestContext,
  input: UpdateTeacherInput,
): Promise<{ teacher: TeacherRow }> {
  assertMayChange(ctx, input)
  const { languages, ...fields } = parseInput(profile, input)
  const { telegramId } = input
  const where = { telegramId }
  await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const found = await tx.teacher.findUnique({ where, select: { id: true } })
      if (!found) throw notFound('teacher', telegramId)
      await tx.teacher.update({
        where,
        data: {
          ...fields,
          // A price that goes takes its currency along.
          currency: fields.hourlyRate === null ? (fields.currency ?? null) : fields.currency,
          timezone: input.timezone ?? undefined,
          isAcceptingStudents: input.isAcceptingStudents ?? undefined,
          status: input.status ?? undefined,
          // Never an empty change: it also locks the row, so that two lists of languages do not mix.
          updatedAt: ctx.clock(),
        },
      })
      if (languages) await replaceLanguages(tx, telegramId, languages)
    },
    {
      teachers_rate_with_currency: () =>
        badUserInput('input.currency', 'input.currency: must be set together with hourlyRate'),
    },
  )
  return { teacher: { telegramId } }
}

/** Decided by the id alone, so that a refusal tells nobody which teachers there are. */
function assertMayChange({ viewer }: RequestContext, input: UpdateTeacherInput): void {
  if (isAdmin(viewer)) return
  if (!isPerson(viewer, input.telegramId)) {
    throw forbidden('Only the teacher themselves and administrators may do this.')
  }
  if (input.status != null) throw forbidden('Only administrators may change the status.')
}
