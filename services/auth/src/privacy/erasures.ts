import { createRowLoader } from '@classgram/graphql'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** An erasure with its receipts. */
export interface ErasureRow {
  telegramId: bigint
  requestedAt: Date
  completedAt: Date | null
  receipts: ErasureReceiptRow[]
}

export interface ErasureReceiptRow {
  service: string
  rows: Record<string, number> | null
  completedAt: Date | null
  attempts: number
  lastError: string | null
}

type RawErasure = Omit<ErasureRow, 'receipts'> & {
  receipts: (Omit<ErasureReceiptRow, 'completedAt'> & { completedAt: string | null })[]
}

/** The erasures of these people, in one statement. */
export async function findErasures(
  db: PrismaClient,
  people: readonly bigint[],
): Promise<ErasureRow[]> {
  const found = await db.$queryRaw<RawErasure[]>`
    SELECT telegram_id AS "telegramId", requested_at AS "requestedAt",
      completed_at AS "completedAt",
      (
        SELECT json_agg(json_build_object(
          'service', service, 'rows', rows, 'completedAt', completed_at, 'attempts', attempts,
          'lastError', last_error
        ) ORDER BY id)
        FROM erasure_receipts r WHERE r.erasure_id = e.id
      ) AS receipts
    FROM erasures e WHERE telegram_id = ANY(${people}::bigint[])`
  return found.map((erasure) => ({
    ...erasure,
    receipts: erasure.receipts.map((receipt) => ({
      ...receipt,
      completedAt: receipt.completedAt === null ? null : new Date(receipt.completedAt),
    })),
  }))
}

export function createErasureLoader(db: PrismaClient) {
  return createRowLoader<bigint, ErasureRow>(
    (people) => findErasures(db, people),
    (erasure) => erasure.telegramId,
  )
}
