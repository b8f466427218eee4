import { transact } from '@classgram/database'
import { forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin, isPerson } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateStudentInput } from '../generated/graphql.ts'
import { replaceLanguages } from '../language/replace-languages.ts'
import type { StudentRow } from '../rows.ts'
import { sealGuardianContact } from './guardian-contact.ts'
import { fields, levelReason } from './rules.ts'

const rules = z.object({ ...fields, levelReason })

/**
 * Changes a student.
 *
 * @throws FORBIDDEN for students whom the viewer has nothing to do with, and for notes and known
 * levels unless the viewer teaches the student or is an administrator; NOT_FOUND; BAD_USER_INPUT
 */
export async function updateStudent(
  ctx: RequestContext,
  input: UpdateStudentInput,
): Promise<{ student: StudentRow }> {
  const { updatedBy, mayAssess } = await authorise(ctx, input)
  const { goals, notes, guardianContact, languages, ...why } = parseInput(rules, input)
  const { telegramId } = input
  await transact(ctx.db, ctx, async (tx) => {
    // Locked, so that two changes of the languages cannot both start from the same list.
    const found = await tx.$executeRaw`
      SELECT FROM students WHERE telegram_id = ${telegramId} FOR UPDATE`
    if (!found) throw notFound('student', telegramId)
    await tx.student.update({
      where: { telegramId },
      data: {
        goals,
        timezone: input.timezone ?? undefined,
        communicationLanguage: input.communicationLanguage ?? undefined,
        staffNotes: notes,
        ...sealGuardianContact(ctx.vault, guardianContact),
        // Also when nothing but the languages changes.
        updatedAt: ctx.clock(),
      },
    })
    if (languages) {
      await replaceLanguages(tx, telegramId, languages, {
        telegramId: updatedBy,
        mayAssess,
        assessedAt: ctx.clock(),
        reason: why.levelReason,
      })
    }
  })
  ctx.loaders.studentByTelegramId.clear(telegramId)
  return { student: { telegramId } }
}

async function authorise(
  { viewer, loaders }: RequestContext,
  { telegramId, notes }: UpdateStudentInput,
) {
  if (viewer.kind !== 'person') throw forbidden()
  const isSelf = isPerson(viewer, telegramId)
  const mayAssess = isAdmin(viewer) || (!isSelf && (await loaders.taughtByViewer.load(telegramId)))
  if (!isSelf && !mayAssess) throw forbidden('You are not allowed to change this student.')
  if (notes !== undefined && !mayAssess) {
    throw forbidden('Only teachers and administrators write notes.')
  }
  return { updatedBy: viewer.telegramId, mayAssess }
}
