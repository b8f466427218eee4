import { transact } from '@classgram/database'
import { forbidden, notFound } from '@classgram/errors'
import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { SignInMethod, UnlinkIdentityInput } from '../generated/graphql.ts'
import type { IdentityRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'

const method: SignInMethod = 'OPENID_CONNECT'

/**
 * Removes an identity, and ends all sessions that its person opened through any provider: no session
 * tells through which one.
 *
 * @throws FORBIDDEN for identities of others, whether they exist or not; NOT_FOUND for administrators
 */
export async function unlinkIdentity(
  ctx: RequestContext,
  { identityId: id }: UnlinkIdentityInput,
): Promise<{ identity: IdentityRow; endedSessions: number }> {
  const { viewer } = ctx
  const found = await ctx.db.identity.findUnique({ where: { id } })
  const isOwn = found !== null && isPerson(viewer, found.userTelegramId)
  if (!isOwn && !isAdmin(viewer)) throw forbidden('You may unlink your own accounts only.')
  if (!found) throw notFound('identity', id)
  const { userTelegramId } = found
  return transact(ctx.db, ctx, async (tx) => {
    await assertCurrent(tx, viewer)
    const { count: removed } = await tx.identity.deleteMany({ where: { id, userTelegramId } })
    if (removed === 0) throw notFound('identity', id)
    const now = ctx.clock()
    const { count: endedSessions } = await tx.session.updateMany({
      where: { userTelegramId, method, revokedAt: null, expiresAt: { gt: now } },
      data: { revokedAt: now, revokedReason: 'IDENTITY_UNLINKED' },
    })
    return { identity: found, endedSessions }
  })
}
