import { transact } from '@classgram/database'
import { forbidden, notFound } from '@classgram/errors'
import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { WithdrawConsentInput } from '../generated/graphql.ts'
import type { ConsentRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'

/**
 * Withdraws a consent. One that was withdrawn stays as it is.
 *
 * @throws FORBIDDEN for consents of others, whether they exist or not; NOT_FOUND for administrators
 */
export async function withdrawConsent(
  ctx: RequestContext,
  { consentId }: WithdrawConsentInput,
): Promise<{ consent: ConsentRow }> {
  const { db, viewer, clock } = ctx
  const found = await db.consent.findUnique({ where: { id: consentId } })
  const isOwn = found !== null && isPerson(viewer, found.userTelegramId)
  if (!isOwn && !isAdmin(viewer)) throw forbidden('You may withdraw your own consents only.')
  if (!found) throw notFound('consent', consentId)
  const consent = await transact(db, ctx, async (tx) => {
    await assertCurrent(tx, viewer)
    // Another replica's clock may have been ahead when the consent was given.
    await tx.$executeRaw`
      UPDATE consents SET withdrawn_at = greatest(${clock()}, accepted_at), updated_at = ${clock()}
      WHERE id = ${consentId}::uuid AND withdrawn_at IS NULL`
    return tx.consent.findUniqueOrThrow({ where: { id: consentId } })
  })
  return { consent }
}
