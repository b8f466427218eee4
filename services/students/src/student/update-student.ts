import { transact } from '@classgram/database'
import { forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isPerson } from '@classgram/viewer'
import { z } from 'zod'
import { mayAssess } from '../assessment/may-assess.ts'
import type { RequestContext } from '../context.ts'
import type { UpdateStudentInput } from '../generated/graphql.ts'
import { replaceLanguages } from '../language/replace-languages.ts'
import type { StudentRow } from '../rows.ts'
import { sealGuardianContact } from './guardian-contact.ts'
import { lockStudent } from './lock-student.ts'
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
  const { updatedBy, isAssessor } = await authorise(ctx, input)
  const { goals, notes, guardianContact, languages, ...why } = parseInput(rules, input)
  const { telegramId } = input
  await transact(ctx.db, ctx, async (tx) => {
    await lockStudent(tx, telegramId)
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
      await replaceLanguages(tx, ctx, telegramId, languages, {
        telegramId: updatedBy,
        mayAssess: isAssessor,
        reason: why.levelReason,
      })
    }
  })
  return { student: { telegramId } }
}

async function authorise(ctx: RequestContext, { telegramId, notes }: UpdateStudentInput) {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const isAssessor = await mayAssess(ctx, telegramId)
  if (!isAssessor && !isPerson(viewer, telegramId)) {
    throw forbidden('You are not allowed to change this student.')
  }
  if (notes !== undefined && !isAssessor) {
    throw forbidden('Only teachers and administrators write notes.')
  }
  return { updatedBy: viewer.telegramId, isAssessor }
}
