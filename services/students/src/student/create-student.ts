import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict, forbidden } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateStudentInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { replaceLanguages } from '../language/replace-languages.ts'
import type { StudentRow } from '../rows.ts'
import { roleOf } from '../sisters.ts'
import { hashGuardianContact, sealGuardianContact } from './guardian-contact.ts'
import { fields } from './rules.ts'

const rules = z.object(fields)

/**
 * Creates the profile of a person whose role is student.
 *
 * @throws FORBIDDEN when a student does it for another person, or gives notes
 * @throws BAD_USER_INPUT for a field out of its bounds, or a person who is unknown or no student
 * @throws CONFLICT `STUDENT_EXISTS`, `IDEMPOTENCY_KEY_REUSED`; SERVICE_UNAVAILABLE when auth cannot
 * be asked
 */
export async function createStudent(
  ctx: RequestContext,
  input: CreateStudentInput,
): Promise<{ student: StudentRow }> {
  const { telegramId, createdBy, mayAssess } = authorise(ctx, input)
  const { goals, notes, guardianContact, languages } = parseInput(rules, input)
  // A plain hash of the input would let a phone number be guessed from the stored key.
  const fingerprint = {
    ...input,
    guardianContact:
      guardianContact &&
      Buffer.from(hashGuardianContact(ctx.vault, guardianContact)).toString('hex'),
  }
  const earlier = await replay(ctx.db, ctx, 'createStudent', fingerprint, find(ctx.db))
  if (earlier) return { student: earlier }

  await assertIsStudent(ctx, telegramId)
  const student = await transact(
    ctx.db,
    ctx,
    (tx) =>
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
            select: key,
          })
          await replaceLanguages(tx, ctx, telegramId, languages ?? [], {
            telegramId: createdBy,
            mayAssess,
          })
          return created
        },
        find: find(tx),
      }),
    {
      students_telegram_id_key: () =>
        conflict('STUDENT_EXISTS', 'This person is a student already.'),
    },
  )
  return { student }
}

const key = { id: true, telegramId: true } satisfies Prisma.StudentSelect

function find(db: Pick<Prisma.TransactionClient, 'student'>) {
  return (id: string) => db.student.findUniqueOrThrow({ where: { id }, select: key })
}

async function assertIsStudent(ctx: RequestContext, telegramId: bigint): Promise<void> {
  const role = await roleOf(ctx, telegramId)
  if (role === null) {
    throw badUserInput('input.telegramId', `There is no person ${telegramId}.`)
  }
  if (role !== 'STUDENT') {
    throw badUserInput('input.telegramId', `The role of ${telegramId} is not student.`)
  }
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
  if (notes != null) throw forbidden('Only teachers and administrators write notes.')
  return { telegramId: viewer.telegramId, createdBy, mayAssess: false }
}
