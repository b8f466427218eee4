import { transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin, isPerson } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateUserInput } from '../generated/graphql.ts'
import type { UserRow } from '../rows.ts'
import { assertCurrent } from './assert-current.ts'
import { refusals } from './conflicts.ts'
import { sealEmail, sealPhone } from './contacts.ts'
import { lockPerson } from './lock-person.ts'
import { fields } from './rules.ts'

const rules = z.object({ ...fields, firstName: fields.firstName.nullish() })

/**
 * Changes a person.
 *
 * @throws FORBIDDEN for other people, whether they exist or not, and for fields that only
 * administrators change; NOT_FOUND; BAD_USER_INPUT; CONFLICT: `OWN_ACCOUNT` (administrators take no
 * rights from themselves), `USER_ERASED`, `PHONE_TAKEN`, `EMAIL_TAKEN`
 */
export async function updateUser(
  ctx: RequestContext,
  input: UpdateUserInput,
): Promise<{ user: UserRow }> {
  assertMayUpdate(ctx, input)
  const { phone, email, ...names } = parseInput(rules, input)
  const user = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const person = await lockPerson(tx, input.telegramId)
      await assertCurrent(tx, ctx.viewer)
      if (!person) throw notFound('user', input.telegramId)
      if (person.isErased) throw conflict('USER_ERASED', 'This person was erased.')
      return tx.user.update({
        where: { telegramId: input.telegramId },
        data: {
          firstName: names.firstName ?? undefined,
          lastName: names.lastName,
          role: input.role ?? undefined,
          isActive: input.isActive ?? undefined,
          languageCode: input.languageCode,
          timezone: input.timezone ?? undefined,
          ...sealPhone(ctx.vault, phone),
          ...sealEmail(ctx.vault, email),
        },
      })
    },
    refusals,
  )
  return { user }
}

function assertMayUpdate({ viewer }: RequestContext, input: UpdateUserInput): void {
  const isSelf = isPerson(viewer, input.telegramId)
  if (isAdmin(viewer)) {
    const takesRights = input.isActive === false || (input.role != null && input.role !== 'ADMIN')
    if (isSelf && takesRights) {
      throw conflict('OWN_ACCOUNT', 'Let another administrator take your rights.')
    }
    return
  }
  if (!isSelf) throw forbidden('You may change your own account only.')
  const reserved = givenForAdministrators(input)
  if (reserved) throw forbidden(`Only administrators change ${reserved}.`)
}

/**
 * A field given that administrators alone may change.
 * Null clears a last name, elsewhere it means "not given".
 */
function givenForAdministrators(input: UpdateUserInput): string | undefined {
  if (input.lastName !== undefined) return 'lastName'
  return (['role', 'isActive', 'firstName'] as const).find((field) => input[field] != null)
}
