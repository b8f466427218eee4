import { transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { readSubgraphs } from '@classgram/server'
import { isAdmin, isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { ErasePersonInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { ErasureRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'
import { eraseRows } from './erase-person-data.ts'
import { findErasures } from './erasures.ts'
import { ownName } from './person-data.ts'
import { askPending } from './resume-erasures.ts'

/**
 * Erases a person in all services. First here, together with the record of it: from then on the
 * person is nobody who could write, and what is left to do is known. Then everywhere else, as far as
 * the services answer; housekeeping asks the others again, and so does repeating this.
 *
 * @throws FORBIDDEN for others than administrators who name somebody else, whether there is such a
 * person or not; NOT_FOUND; CONFLICT `LAST_ADMINISTRATOR`
 */
export async function erasePerson(
  ctx: RequestContext,
  { telegramId }: ErasePersonInput,
): Promise<{ erasure: ErasureRow }> {
  const { viewer } = ctx
  if (!isPerson(viewer, telegramId) && !isAdmin(viewer)) {
    throw forbidden('You may erase yourself only.')
  }
  await transact(ctx.db, ctx, (tx) => begin(tx, ctx, telegramId))
  await askPending(ctx, telegramId)
  const [erasure] = await findErasures(ctx.db, [telegramId])
  if (!erasure) throw new Error(`the erasure of ${telegramId} vanished`)
  return { erasure }
}

/** Erases what is here and records what is to be done elsewhere, unless that has happened before. */
async function begin(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  telegramId: bigint,
): Promise<void> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const isSelf = isPerson(viewer, telegramId)
  // One after the other: of two administrators who erase themselves at once, one has to stay.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('erasures'))`
  const [user] = await tx.$queryRaw<{ role: string }[]>`
    SELECT role FROM users WHERE telegram_id = ${telegramId} FOR UPDATE`
  const earlier = await tx.erasure.findUnique({ where: { telegramId }, select: { id: true } })
  // Who has just erased themselves is nobody any more, but may ask how far it is.
  if (earlier && isSelf) return
  await assertCurrent(tx, viewer)
  if (!user) throw notFound('user', telegramId)
  if (earlier) return
  if (isSelf && user.role === 'ADMIN') await assertAnotherAdministrator(tx, telegramId)
  const now = ctx.clock()
  const own = { completedAt: now, rows: await eraseRows(tx, telegramId, now), attempts: 1 }
  await tx.erasure.create({
    data: {
      telegramId,
      requestedByTelegramId: viewer.telegramId,
      requestedAt: now,
      receipts: {
        create: readSubgraphs().map(({ name: service }) => ({
          service,
          ...(service === ownName && own),
        })),
      },
    },
  })
}

/** @throws CONFLICT `LAST_ADMINISTRATOR` */
async function assertAnotherAdministrator(
  tx: Prisma.TransactionClient,
  telegramId: bigint,
): Promise<void> {
  const another = await tx.user.findFirst({
    where: { role: 'ADMIN', isActive: true, erasedAt: null, telegramId: { not: telegramId } },
    select: { id: true },
  })
  if (another) return
  throw conflict('LAST_ADMINISTRATOR', 'Make somebody else an administrator first.')
}
