import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import type { RequestContext } from '../context.ts'
import type { CreateTeacherInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { TeacherRow } from '../rows.ts'
import { roleOf } from '../sisters.ts'
import { replaceLanguages } from './replace-languages.ts'
import { profile } from './rules.ts'

const rules = profile.refine(
  ({ hourlyRate, currency }) => (hourlyRate == null) === (currency == null),
  { path: ['currency'], message: 'must be set together with hourlyRate' },
)

/**
 * Creates the profile of a person whose role is teacher.
 *
 * @throws BAD_USER_INPUT for a field out of its bounds, or a person who is unknown or no teacher
 * @throws CONFLICT `TEACHER_EXISTS`, `IDEMPOTENCY_KEY_REUSED`; SERVICE_UNAVAILABLE when auth cannot be asked
 */
export async function createTeacher(
  ctx: RequestContext,
  input: CreateTeacherInput,
): Promise<{ teacher: TeacherRow }> {
  const earlier = await replay(ctx.db, ctx, 'createTeacher', input, find(ctx.db))
  if (earlier) return { teacher: earlier }

  const { languages, ...fields } = parseInput(rules, input)
  const { telegramId } = input
  await assertIsTeacher(ctx, telegramId)
  const teacher = await transact(
    ctx.db,
    ctx,
    (tx) =>
      once(tx, ctx, 'createTeacher', input, {
        async create() {
          const created = await tx.teacher.create({
            data: {
              ...fields,
              telegramId,
              timezone: input.timezone ?? undefined,
              isAcceptingStudents: input.isAcceptingStudents ?? undefined,
              status: input.status ?? 'ACTIVE',
            },
            select: key,
          })
          if (languages) await replaceLanguages(tx, telegramId, languages)
          return created
        },
        find: find(tx),
      }),
    {
      teachers_telegram_id_key: () =>
        conflict('TEACHER_EXISTS', 'The person has a profile as a teacher already.', {
          telegramId: String(telegramId),
        }),
    },
  )
  return { teacher }
}

const key = { id: true, telegramId: true } satisfies Prisma.TeacherSelect

function find(db: Pick<Prisma.TransactionClient, 'teacher'>) {
  return (id: string) => db.teacher.findUniqueOrThrow({ where: { id }, select: key })
}

async function assertIsTeacher(ctx: RequestContext, telegramId: bigint): Promise<void> {
  const role = await roleOf(ctx, telegramId)
  if (role === null) {
    throw badUserInput('input.telegramId', `There is no person ${telegramId}.`)
  }
  if (role !== 'TEACHER') {
    throw badUserInput('input.telegramId', `The role of ${telegramId} is not teacher.`)
  }
}
