import { once, replay, transact } from '@classgram/database'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateUserInput } from '../generated/graphql.ts'
import type { UserRow } from '../rows.ts'
import { assertCurrent } from './assert-current.ts'
import { refusals } from './conflicts.ts'
import { hashEmail, hashPhone, sealEmail, sealPhone } from './contacts.ts'
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
  // A plain hash of the input would let contacts be guessed from the stored key.
  const fingerprint = {
    ...input,
    phone: phone && Buffer.from(hashPhone(ctx.vault, phone)).toString('hex'),
    email: email && Buffer.from(hashEmail(ctx.vault, email)).toString('hex'),
  }
  const earlier = await replay(ctx.db, ctx, 'createUser', fingerprint, (id) =>
    ctx.db.user.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { user: earlier }
  const user = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      await assertCurrent(tx, ctx.viewer)
      return once(tx, ctx, 'createUser', fingerprint, {
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
      })
    },
    refusals,
  )
  return { user }
}
