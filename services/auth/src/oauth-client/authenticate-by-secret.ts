import { transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'
import type { OauthClient } from '../generated/prisma/client.ts'
import { invalidClient } from './oauth-error.ts'
import { clientIdPattern } from './rules.ts'
import { isSecretOf } from './secret.ts'

/** The last use is told to the minute: noting each one would fill the audit log with nothing else. */
const useNotedMs = 60_000

/** What a program may do, and until when. */
export interface Grantee {
  clientId: string
  scopes: readonly string[]
  expiresAt: Date | null
}

/**
 * Finds the program that id and secret belong to. A wrong secret is refused in the same words and
 * after the same work as an unknown id, an inactive or an expired program.
 *
 * @throws OauthError `invalid_client`
 */
export async function authenticateBySecret(
  ctx: RequestContext,
  { clientId, secret }: { clientId: string; secret: string },
): Promise<Grantee> {
  const isPossible = clientIdPattern.test(clientId) && !ctx.services.isReserved(clientId)
  const client = isPossible ? await ctx.db.oauthClient.findUnique({ where: { clientId } }) : null
  if (!isSecretOf(client, secret) || !client) throw invalidClient()
  const now = ctx.clock()
  if (!client.isActive || (client.expiresAt && client.expiresAt <= now)) throw invalidClient()
  await noteUse(ctx, client, now)
  return client
}

async function noteUse(
  { db, requestId }: RequestContext,
  { id, clientId, lastUsedAt }: OauthClient,
  now: Date,
): Promise<void> {
  const due = new Date(now.getTime() - useNotedMs)
  if (lastUsedAt && lastUsedAt > due) return
  await transact(db, { actor: `client:${clientId}`, requestId }, (tx) =>
    // Of many at once, one notes it.
    tx.oauthClient.updateMany({
      where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: due } }] },
      data: { lastUsedAt: now },
    }),
  )
}
