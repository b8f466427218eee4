import { once, transact, violatedConstraint } from '@classgram/database'
import { badUserInput, conflict, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateStudentInput } from '../generated/graphql.ts'
import { replaceLanguages } from '../language/replace-languages.ts'
import type { StudentRow } from '../rows.ts'
import { personExists } from '../sisters.ts'
import { hashGuardianContact, sealGuardianContact } from './guardian-contact.ts'
import { fields, idempotencyKey } from './rules.ts'

const rules = z.object({ ...fields, idempotencyKey })

/**
 * Makes a person a student.
 *
 * @throws FORBIDDEN when a student does it for another person, or gives notes; BAD_USER_INPUT for a
 * field out of its bounds, or a person whom the school does not know; CONFLICT: `STUDENT_EXISTS`
 */
export async function createStudent(
  ctx: RequestContext,
  input: CreateStudentInput,
): Promise<{ student: StudentRow }> {
  const { telegramId, createdBy, mayAssess } = authorise(ctx, input)
  const { goals, notes, guardianContact, languages } = parseInput(rules, input)
  if (!(await personExists(ctx, telegramId))) {
    throw badUserInput('input.telegramId', `There is no person ${telegramId}.`)
  }
  // A plain hash of the input would let a phone number be guessed from the stored key.
  const fingerprint = {
    ...input,
    guardianContact:
      guardianContact &&
      Buffer.from(hashGuardianContact(ctx.vault, guardianContact)).toString('hex'),
  }
  const student = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'createStudent', fingerprint, {
      async create() {
        const created = await tx.student.create({
          data: {
            telegramId,
            goals,
            timezone: input.timezone ?? undefined,
            communicationLanguage: input.communicationLanguage ?? undefined,
            staffNotes: notes,
            ...sealGuardianContact(ctx.vault, guardianContact),
          },
        })
        await replaceLanguages(tx, telegramId, languages ?? [], {
          telegramId: createdBy,
          mayAssess,
          assessedAt: ctx.clock(),
        })
        return created
      },
      find: (id) => tx.student.findUniqueOrThrow({ where: { id } }),
    }),
  ).catch((error: unknown) => {
    if (violatedConstraint(error) === 'students_telegram_id_key') {
      throw conflict('STUDENT_EXISTS', 'This person is a student already.')
    }
    throw error
  })
  ctx.loaders.studentByTelegramId.clear(telegramId)
  return { student: { telegramId: student.telegramId } }
}

function authorise({ viewer }: RequestContext, { telegramId, notes }: CreateStudentInput) {
  if (viewer.kind !== 'person') throw forbidden()
  const createdBy = viewer.telegramId
  if (viewer.role === 'ADMIN') {
    if (telegramId == null) throw badUserInput('input.telegramId', 'Say who becomes a student.')
    return { telegramId, createdBy, mayAssess: true }
  }
  if (telegramId != null && telegramId !== viewer.telegramId) {
    throw forbidden('Students register themselves only.')
  }
  if (notes !== undefined) throw forbidden('Only teachers and administrators write notes.')
  return { telegramId: viewer.telegramId, createdBy, mayAssess: false }
}
