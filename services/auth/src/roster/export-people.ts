import { transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { ExportPeopleInput } from '../generated/graphql.ts'
import { openEmail, openPhone } from '../user/contacts.ts'
import { findUsers } from '../user/loaders.ts'

const mostPeople = 500

const rules = z.object({ telegramIds: z.array(z.bigint()).max(mostPeople) })

/**
 * Names and contacts of people, for a roster. Nothing is given out without a record of it.
 *
 * @throws BAD_USER_INPUT for more than 500
 */
export async function exportPeople(ctx: RequestContext, input: ExportPeopleInput) {
  parseInput(rules, input)
  const users = await findUsers(ctx.db, input.telegramIds)
  const people = users.filter(({ erasedAt }) => erasedAt === null)
  const exportedAt = ctx.clock()
  await transact(ctx.db, ctx, (tx) =>
    tx.personExport.createMany({
      data: people.map(({ telegramId }) => ({
        telegramId,
        requestedByTelegramId: input.requestedByTelegramId ?? null,
        exportedAt,
      })),
    }),
  )
  return {
    people: people.map((user) => ({
      telegramId: user.telegramId,
      firstName: user.firstName,
      lastName: user.lastName,
      timezone: user.timezone,
      phone: openPhone(ctx.vault, user),
      email: openEmail(ctx.vault, user),
    })),
  }
}
