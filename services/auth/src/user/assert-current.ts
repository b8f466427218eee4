import { forbidden } from '@classgram/errors'
import type { Viewer } from '@classgram/viewer'
import type { Prisma } from '../generated/prisma/client.ts'

/**
 * Asserts that the viewer is still what the access token says, and keeps it so until the
 * transaction ends. A token lives on for minutes after a role was taken or an account shut; what it
 * could write here would outlive it.
 *
 * @throws FORBIDDEN when the account is shut, erased, or has another role by now
 */
export async function assertCurrent(tx: Prisma.TransactionClient, viewer: Viewer): Promise<void> {
  if (viewer.kind !== 'person') throw forbidden()
  const [row] = await tx.$queryRaw<{ current: boolean }[]>`
    SELECT is_active AND erased_at IS NULL AND role::text = ${viewer.role} AS current
    FROM users WHERE telegram_id = ${viewer.telegramId} FOR SHARE`
  if (!row?.current) throw forbidden('Your account has changed: sign in again.')
}
