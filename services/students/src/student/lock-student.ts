import { notFound } from '@classgram/errors'
import type { Prisma } from '../generated/prisma/client.ts'

/**
 * Locks a student until the transaction ends, so that two changes of the languages cannot both start
 * from the same list, and their events are told in order.
 *
 * @throws NOT_FOUND
 */
export async function lockStudent(tx: Prisma.TransactionClient, telegramId: bigint): Promise<void> {
  const found = await tx.$executeRaw`
    SELECT FROM students WHERE telegram_id = ${telegramId} FOR UPDATE`
  if (!found) throw notFound('student', telegramId)
}
