import { once, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateUserInput } from '../generated/graphql.ts'
import type { UserRow } from '../rows.ts'
import { rethrowAsConflict } from './conflicts.ts'
import { sealEmail, sealPhone } from './contacts.ts'
import { fields } from './rules.ts'

const rules = z.object(fields)

/**
 * Records a person.
 *
 * @throws BAD_USER_INPUT, or CONFLICT: `USER_EXISTS`, `PHONE_TAKEN`, `EMAIL_TAKEN`
 */
export async function createUser(
  ctx: RequestContext,
  input: CreateUserInput,
): Promise<{ user: UserRow }> {
  const { phone, email, ...names } = parseInput(rules, input)
  const user = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'createUser', input, {
      create: () =>
        tx.user.create({
          data: {
            ...names,
            telegramId: input.telegramId,
            role: input.role ?? undefined,
            languageCode: input.languageCode,
            timezone: input.timezone ?? undefined,
            ...sealPhone(ctx.vault, phone),
            ...sealEmail(ctx.vault, email),
          },
        }),
      find: (id) => tx.user.findUniqueOrThrow({ where: { id } }),
    }),
  ).catch(rethrowAsConflict)
  return { user }
}
