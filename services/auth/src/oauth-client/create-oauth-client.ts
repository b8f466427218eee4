import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { CreateOauthClientInput } from '../generated/graphql.ts'
import type { OauthClientRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'
import { assertFuture, fields } from './rules.ts'
import { hashSecret, isSecretOf, newSecret } from './secret.ts'

const rules = z.object(fields)

/**
 * Registers a program.
 *
 * @returns the secret, which is stored nowhere in the clear; null to a retry, which cannot have it again
 * @throws BAD_USER_INPUT; CONFLICT `CLIENT_ID_TAKEN`; FORBIDDEN for who is no administrator any more
 */
export async function createOauthClient(
  ctx: RequestContext,
  input: CreateOauthClientInput,
): Promise<{ client: OauthClientRow; secret: string | null }> {
  const earlier = await replay(ctx.db, ctx, 'createOauthClient', input, (id) =>
    ctx.db.oauthClient.findUniqueOrThrow({ where: { id } }),
  )
  if (earlier) return { client: earlier, secret: null }
  const { clientId, name, scopes } = parseInput(rules, input)
  if (ctx.services.isReserved(clientId)) {
    throw badUserInput('input.clientId', 'input.clientId: is the name of a service')
  }
  assertFuture(input.expiresAt, ctx.clock())
  const secret = newSecret()
  const client = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      await assertCurrent(tx, ctx.viewer)
      return once(tx, ctx, 'createOauthClient', input, {
        create: () =>
          tx.oauthClient.create({
            data: {
              clientId,
              name,
              scopes,
              secretHash: hashSecret(secret),
              expiresAt: input.expiresAt,
            },
          }),
        find: (id) => tx.oauthClient.findUniqueOrThrow({ where: { id } }),
      })
    },
    {
      oauth_clients_client_id_key: () =>
        conflict('CLIENT_ID_TAKEN', 'Another program has this id.'),
    },
  )
  // Of two requests with one key, the second gets the row that the first made with its own secret.
  return { client, secret: isSecretOf(client, secret) ? secret : null }
}
