import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'

/** As long as a group and the report take, with something to spare. */
const reserveMs = 1_500

/** As long as a statement waits for a lock at most, and at least. */
const lockMs = { most: 3_000, least: 200 }

/** Whether there is no time to begin another group. Who waits for ever has time. */
export function isLate(ctx: RequestContext): boolean {
  return msLeft(ctx) < reserveMs
}

/** Sees to it that whoever holds a lock does not hold up the report, until the transaction ends. */
export async function limitWaiting(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
): Promise<void> {
  const ms = Math.max(lockMs.least, msLeft(ctx) - reserveMs)
  if (ms < lockMs.most) await tx.$executeRaw`SELECT set_config('lock_timeout', ${String(ms)}, true)`
}

function msLeft({ clock, answerBy }: RequestContext): number {
  return answerBy ? answerBy.getTime() - clock().getTime() : Number.POSITIVE_INFINITY
}
