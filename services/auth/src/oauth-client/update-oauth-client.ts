import { transact } from '@classgram/database'
import { notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateOauthClientInput } from '../generated/graphql.ts'
import type { OauthClientRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'
import { assertFuture, fields } from './rules.ts'

const rules = z.object({ name: fields.name.nullish(), scopes: fields.scopes.nullish() })

/**
 * Changes a program.
 *
 * @throws BAD_USER_INPUT; NOT_FOUND; FORBIDDEN for who is no administrator any more
 */
export async function updateOauthClient(
  ctx: RequestContext,
  input: UpdateOauthClientInput,
): Promise<{ client: OauthClientRow }> {
  const { clientId, isActive, expiresAt } = input
  const { name, scopes } = parseInput(rules, input)
  assertFuture(expiresAt, ctx.clock())
  const client = await transact(ctx.db, ctx, async (tx) => {
    await assertCurrent(tx, ctx.viewer)
    const found = await tx.oauthClient.findUnique({ where: { clientId }, select: { id: true } })
    if (!found) throw notFound('program', clientId)
    return tx.oauthClient.update({
      where: { clientId },
      data: {
        name: name ?? undefined,
        scopes: scopes ?? undefined,
        isActive: isActive ?? undefined,
        expiresAt,
      },
    })
  })
  return { client }
}
