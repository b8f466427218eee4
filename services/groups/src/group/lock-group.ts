import type { Prisma } from '../generated/prisma/client.ts'

export interface LockedGroup {
  teacherTelegramId: bigint
  capacity: number
  version: number
  /** Active and paused members. */
  seatsTaken: number
}

/**
 * Locks a group until the transaction ends, so that its seats can be counted and given without
 * another request doing the same at the same time.
 */
export async function lockGroup(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<LockedGroup | undefined> {
  const [group] = await tx.$queryRaw<Omit<LockedGroup, 'seatsTaken'>[]>`
    SELECT teacher_telegram_id AS "teacherTelegramId", capacity, version
    FROM groups WHERE id = ${id}::uuid FOR UPDATE`
  if (!group) return undefined
  const seatsTaken = await tx.groupMember.count({
    where: { groupId: id, status: { in: ['ACTIVE', 'PAUSED'] } },
  })
  return { ...group, seatsTaken }
}
