import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RegisterStudentsInput } from '../generated/graphql.ts'

const mostStudents = 500

const rules = z.object({ students: z.array(z.any()).max(mostStudents) })

/**
 * Makes profiles of students who have none, all of them in one statement.
 *
 * @throws BAD_USER_INPUT for more than 500
 */
export async function registerStudents(ctx: RequestContext, input: RegisterStudentsInput) {
  parseInput(rules, input)
  const { students, isDryRun } = input
  const ids = students.map(({ telegramId }) => telegramId)
  const known = await ctx.db.$queryRaw<{ telegramId: bigint }[]>`
    SELECT telegram_id AS "telegramId" FROM students WHERE telegram_id = ANY(${ids}::bigint[])`
  const isKnown = new Set(known.map(({ telegramId }) => telegramId))
  const fresh = students.filter(({ telegramId, mayBegin }) => mayBegin && !isKnown.has(telegramId))
  if (!isDryRun && fresh.length > 0) {
    await transact(ctx.db, ctx, (tx) =>
      tx.student.createMany({
        data: fresh.map(({ telegramId, timezone }) => ({ telegramId, timezone })),
        // Somebody may make the same profile at this moment: it is there, and that is all.
        skipDuplicates: true,
      }),
    )
  }
  const entry = (isNew: boolean) => (student: { telegramId: bigint }) => ({
    telegramId: student.telegramId,
    isNew,
  })
  return { students: [...known.map(entry(false)), ...fresh.map(entry(true))] }
}
