import { transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateUserInput } from '../generated/graphql.ts'
import { isSelf } from '../relations.ts'
import type { UserRow } from '../rows.ts'
import { rethrowAsConflict } from './conflicts.ts'
import { sealEmail, sealPhone } from './contacts.ts'
import { fields } from './rules.ts'

const rules = z.object({ ...fields, firstName: fields.firstName.nullish() })

/** What administrators alone may change. */
const forAdministrators = ['role', 'isActive', 'firstName', 'lastName'] as const

/**
 * Changes a person.
 *
 * @throws FORBIDDEN for other people, and for fields that only administrators change; NOT_FOUND;
 * BAD_USER_INPUT; CONFLICT: `OWN_ACCOUNT` (administrators take no rights from themselves),
 * `PHONE_TAKEN`, `EMAIL_TAKEN`
 */
export async function updateUser(
  ctx: RequestContext,
  input: UpdateUserInput,
): Promise<{ user: UserRow }> {
  assertMayUpdate(ctx, input)
  const { phone, email, ...names } = parseInput(rules, input)
  const user = await transact(ctx.db, ctx, async (tx) => {
    const found = await tx.user.findUnique({ where: { telegramId: input.telegramId } })
    if (!found) throw notFound('user', input.telegramId)
    if (found.erasedAt) throw conflict('USER_ERASED', 'This person was erased.')
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
  }).catch(rethrowAsConflict)
  return { user }
}

function assertMayUpdate(ctx: RequestContext, input: UpdateUserInput): void {
  const isAdmin = ctx.viewer.kind === 'person' && ctx.viewer.role === 'ADMIN'
  if (isSelf(input, ctx)) {
    if (isAdmin && (input.isActive === false || (input.role && input.role !== 'ADMIN'))) {
      throw conflict('OWN_ACCOUNT', 'Let another administrator take your rights.')
    }
  } else if (!isAdmin) {
    throw forbidden('You may change your own account only.')
  }
  const reserved = forAdministrators.find((field) => input[field] !== undefined)
  if (!isAdmin && reserved) throw forbidden(`Only administrators change ${reserved}.`)
}
