import { transact } from '@classgram/database'
import type { AskSister } from '@classgram/server/subgraph'
import type { Prisma } from '../generated/prisma/client.ts'
import { type Eraser, erasePersonData } from './erase-person-data.ts'

export const ownName = 'auth'

/** For how long whoever asks a service keeps others from asking it: longer than any answer takes. */
const claimMs = 30_000
/** For how long whoever erases somebody is left alone with it, and what was under way may end. */
const quietMs = 60_000
/** More than ever wait at a time. */
const most = 1_000

const mutation = `mutation ErasePersonData($telegramId: TelegramID!) {
  erasePersonData(input: { telegramId: $telegramId })
}`

type Errand = Eraser & { ask: AskSister }

interface Erasure {
  id: string
  telegramId: bigint
}

/**
 * Asks the services that have not yet erased a person, all at once, and records what they answer. One
 * that does not answer stays pending. Services that somebody else is asking just now are left to them.
 */
export async function askPending(ctx: Errand, telegramId: bigint): Promise<void> {
  const erasure = await ctx.db.erasure.findUniqueOrThrow({ where: { telegramId } })
  await askServices(ctx, erasure, { completedAt: null })
  await transact(
    ctx.db,
    ctx,
    (tx) => tx.$executeRaw`
      UPDATE erasures e
      SET completed_at = ${ctx.clock()}::timestamptz, updated_at = ${ctx.clock()}::timestamptz
      WHERE id = ${erasure.id}::uuid AND completed_at IS NULL AND NOT EXISTS (
        SELECT FROM erasure_receipts r WHERE r.erasure_id = e.id AND r.completed_at IS NULL)`,
  )
}

/**
 * Goes on with every erasure that has not come to its end: first that each service answers, then, a
 * minute later, that each is asked once more. A write that had passed its checks before the person
 * was erased may have come to a service after it had answered; by then it has ended.
 */
export async function resumeErasures(ctx: Errand & { signal: AbortSignal }): Promise<void> {
  const before = new Date(ctx.clock().getTime() - quietMs)
  const unfinished = await ctx.db.erasure.findMany({
    where: {
      verifiedAt: null,
      requestedAt: { lt: before },
      OR: [{ completedAt: null }, { completedAt: { lt: before } }],
    },
    orderBy: [{ requestedAt: 'asc' }, { id: 'asc' }],
    take: most,
  })
  for (const erasure of unfinished) {
    if (ctx.signal.aborted) return
    if (erasure.completedAt) await verify(ctx, erasure)
    else await askPending(ctx, erasure.telegramId)
  }
}

async function verify(ctx: Errand, erasure: Erasure): Promise<void> {
  const answers = await askServices(ctx, erasure, { completedAt: { not: null } })
  const receipts = await ctx.db.erasureReceipt.count({ where: { erasureId: erasure.id } })
  if (answers < receipts) return
  await transact(ctx.db, ctx, (tx) =>
    tx.erasure.updateMany({
      where: { id: erasure.id, verifiedAt: null },
      data: { verifiedAt: ctx.clock() },
    }),
  )
}

/** @returns how many services answered that the person is erased */
async function askServices(
  ctx: Errand,
  { id, telegramId }: Erasure,
  which: Prisma.ErasureReceiptWhereInput,
): Promise<number> {
  const claimed = await claim(ctx, id, which)
  const outcomes = await Promise.all(
    claimed.map(async ({ id, service }) => {
      const outcome = await askService(ctx, service, telegramId)
      await record(ctx, id, outcome)
      return outcome
    }),
  )
  return outcomes.filter((outcome) => 'rows' in outcome).length
}

/** Of many at once, each receipt is given to one. */
function claim(
  ctx: Errand,
  erasureId: string,
  which: Prisma.ErasureReceiptWhereInput,
): Promise<{ id: string; service: string }[]> {
  const now = ctx.clock()
  const isFree = { OR: [{ claimedUntil: null }, { claimedUntil: { lte: now } }] }
  return transact(ctx.db, ctx, (tx) =>
    tx.erasureReceipt.updateManyAndReturn({
      where: { erasureId, ...which, ...isFree },
      data: { claimedUntil: new Date(now.getTime() + claimMs), attempts: { increment: 1 } },
      select: { id: true, service: true },
    }),
  )
}

type Outcome = { rows: Record<string, number> } | { error: string }

async function askService(ctx: Errand, service: string, telegramId: bigint): Promise<Outcome> {
  try {
    if (service === ownName) return { rows: await erasePersonData(ctx, telegramId) }
    const answer = await ctx.ask<{ erasePersonData: Record<string, number> }>(service, mutation, {
      telegramId,
    })
    return { rows: answer.erasePersonData }
  } catch (error) {
    return { error: codeOf(error) }
  }
}

/** The first answer is the receipt; what a service still found later does not change it. */
async function record(ctx: Errand, id: string, outcome: Outcome): Promise<void> {
  await transact(ctx.db, ctx, async (tx) => {
    await tx.erasureReceipt.update({
      where: { id },
      data: { claimedUntil: null, lastError: 'error' in outcome ? outcome.error : null },
    })
    if ('error' in outcome) return
    await tx.erasureReceipt.updateMany({
      where: { id, completedAt: null },
      data: { rows: outcome.rows, completedAt: ctx.clock() },
    })
  })
}

function codeOf(error: unknown): string {
  const { extensions } = error as { extensions?: { code?: unknown } }
  return typeof extensions?.code === 'string' ? extensions.code : 'INTERNAL'
}
