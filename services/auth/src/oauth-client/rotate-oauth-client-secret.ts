import { transact } from '@classgram/database'
import { notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RotateOauthClientSecretInput } from '../generated/graphql.ts'
import type { OauthClientRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'
import { hashSecret, newSecret } from './secret.ts'

const rules = z.object({ clientId: z.string() })

/**
 * Gives a program another secret in place of the one it has.
 *
 * @returns the secret, which is stored nowhere in the clear
 * @throws NOT_FOUND; FORBIDDEN for who is no administrator any more
 */
export async function rotateOauthClientSecret(
  ctx: RequestContext,
  input: RotateOauthClientSecretInput,
): Promise<{ client: OauthClientRow; secret: string }> {
  const { clientId } = parseInput(rules, input)
  const secret = newSecret()
  const client = await transact(ctx.db, ctx, async (tx) => {
    await assertCurrent(tx, ctx.viewer)
    const found = await tx.oauthClient.findUnique({ where: { clientId }, select: { id: true } })
    if (!found) throw notFound('program', clientId)
    return tx.oauthClient.update({
      where: { clientId },
      data: { secretHash: hashSecret(secret) },
    })
  })
  return { client, secret }
}
