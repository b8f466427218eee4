import { transact } from '@classgram/database'
import type { AskSister, ErasedData } from '@classgram/server/subgraph'
import type { Prisma } from '../generated/prisma/client.ts'
import { type Eraser, erasePersonData } from './erase-person-data.ts'
import { ownName } from './person-data.ts'

/** For how long whoever asks a service keeps others from asking it: longer than any answer takes. */
const claimMs = 30_000
/** For how long whoever erases somebody is left alone with it, and what was under way may end. */
const quietMs = 60_000
/** How often a service with much to remove is asked in a row; the rest waits for the next time. */
const mostQuestions = 50
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
  const isDone = await Promise.all(claimed.map((receipt) => askService(ctx, receipt, telegramId)))
  return isDone.filter(Boolean).length
}

/** Of many at once, each receipt is given to one. */
function claim(
  ctx: Errand,
  erasureId: string,
  which: Prisma.ErasureReceiptWhereInput,
): Promise<Receipt[]> {
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

interface Receipt {
  id: string
  service: string
}

/** Asks until nothing is left, within reason. @returns whether it came to that */
async function askService(ctx: Errand, receipt: Receipt, telegramId: bigint): Promise<boolean> {
  const { id, service } = receipt
  try {
    for (let asked = 0; asked < mostQuestions; asked++) {
      const erased = await erase(ctx, service, telegramId)
      await recordAnswer(ctx, id, erased)
      if (erased.isDone) return true
    }
  } catch (error) {
    await transact(ctx.db, ctx, (tx) =>
      tx.erasureReceipt.update({
        where: { id },
        data: { claimedUntil: null, lastError: codeOf(error) },
      }),
    )
  }
  return false
}

async function erase(ctx: Errand, service: string, telegramId: bigint): Promise<ErasedData> {
  if (service === ownName) return erasePersonData(ctx, telegramId)
  const answer = await ctx.ask<{ erasePersonData: ErasedData }>(service, mutation, { telegramId })
  return answer.erasePersonData
}

/** Adds to the receipt, until it is complete: what a service still found later does not change it. */
async function recordAnswer(ctx: Errand, id: string, { rows, isDone }: ErasedData): Promise<void> {
  const now = ctx.clock()
  await transact(ctx.db, ctx, async (tx) => {
    const claimedUntil = isDone ? null : new Date(now.getTime() + claimMs)
    const receipt = await tx.erasureReceipt.update({
      where: { id },
      data: { claimedUntil, lastError: null },
    })
    if (receipt.completedAt) return
    await tx.erasureReceipt.update({
      where: { id },
      data: { rows: sum(receipt.rows, rows), ...(isDone && { completedAt: now }) },
    })
  })
}

function sum(earlier: Prisma.JsonValue, rows: Record<string, number>): Record<string, number> {
  const counted = (earlier ?? {}) as Record<string, number>
  const tables = Object.keys({ ...counted, ...rows })
  return Object.fromEntries(
    tables.map((table) => [table, (counted[table] ?? 0) + (rows[table] ?? 0)]),
  )
}

function codeOf(error: unknown): string {
  const { extensions } = error as { extensions?: { code?: unknown } }
  return typeof extensions?.code === 'string' ? extensions.code : 'INTERNAL'
}
