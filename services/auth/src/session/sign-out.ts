import { transact } from '@classgram/database'
import { forbidden, notFound, unauthenticated } from '@classgram/errors'
import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { SignOutEverywhereInput, SignOutInput } from '../generated/graphql.ts'
import type { SessionRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'

const revokedReason = 'SIGNED_OUT'

/**
 * Ends a session. One that has ended stays as it is.
 *
 * @throws FORBIDDEN for sessions of others, whether they exist or not; NOT_FOUND for administrators
 */
export async function signOut(
  ctx: RequestContext,
  { sessionId }: SignOutInput,
): Promise<{ session: SessionRow }> {
  const found = await ctx.db.session.findUnique({ where: { id: sessionId } })
  const isOwn = found !== null && isPerson(ctx.viewer, found.userTelegramId)
  if (!isOwn && !isAdmin(ctx.viewer)) throw forbidden('You may end your own sessions only.')
  if (!found) throw notFound('session', sessionId)
  const session = await transact(ctx.db, ctx, async (tx) => {
    if (!isOwn) await assertCurrent(tx, ctx.viewer)
    await tx.session.updateMany({
      where: { id: sessionId, revokedAt: null },
      data: { revokedAt: ctx.clock(), revokedReason },
    })
    return tx.session.findUniqueOrThrow({ where: { id: sessionId } })
  })
  return { session }
}

/**
 * Ends all sessions of a person.
 *
 * @throws FORBIDDEN for others than administrators who ask for somebody else, whether there is such
 * a person or not; NOT_FOUND
 */
export async function signOutEverywhere(
  ctx: RequestContext,
  input: SignOutEverywhereInput,
): Promise<{ endedSessions: number }> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw unauthenticated()
  const telegramId = input.telegramId ?? viewer.telegramId
  const isOwn = isPerson(viewer, telegramId)
  if (!isOwn && !isAdmin(viewer)) throw forbidden('You may end your own sessions only.')
  const { count } = await transact(ctx.db, ctx, async (tx) => {
    if (!isOwn) {
      await assertCurrent(tx, viewer)
      const found = await tx.user.findUnique({ where: { telegramId }, select: { id: true } })
      if (!found) throw notFound('user', telegramId)
    }
    const now = ctx.clock()
    return tx.session.updateMany({
      where: { userTelegramId: telegramId, revokedAt: null, expiresAt: { gt: now } },
      data: { revokedAt: now, revokedReason },
    })
  })
  return { endedSessions: count }
}
