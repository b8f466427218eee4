import type { Prisma } from '../generated/prisma/client.ts'

/**
 * Keeps others from changing, or erasing, a person until the transaction ends: what is written about
 * them goes with the erasure, or comes after it and is refused.
 *
 * @returns undefined when there is no such person
 */
export async function lockPerson(
  tx: Prisma.TransactionClient,
  telegramId: bigint,
): Promise<{ isErased: boolean } | undefined> {
  const [person] = await tx.$queryRaw<{ isErased: boolean }[]>`
    SELECT erased_at IS NOT NULL AS "isErased" FROM users
    WHERE telegram_id = ${telegramId} FOR NO KEY UPDATE`
  return person
}
