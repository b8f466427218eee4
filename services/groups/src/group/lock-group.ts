import type { GroupStatus, Level, Prisma } from '../generated/prisma/client.ts'

export interface LockedGroup {
  id: string
  teacherTelegramId: bigint
  language: string
  level: Level
  capacity: number
  status: GroupStatus
  version: number
  /** Active and paused members. */
  seatsTaken: number
}

/**
 * Locks a group until the transaction ends, so that its seats and its waiting list can be counted
 * and changed without another request doing the same at the same time.
 */
export async function lockGroup(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<LockedGroup | undefined> {
  const [group] = await tx.$queryRaw<Omit<LockedGroup, 'seatsTaken'>[]>`
    SELECT id, teacher_telegram_id AS "teacherTelegramId", language, level, capacity, status, version
    FROM groups WHERE id = ${id}::uuid FOR UPDATE`
  if (!group) return undefined
  const seatsTaken = await tx.groupMember.count({
    where: { groupId: id, status: { in: ['ACTIVE', 'PAUSED'] } },
  })
  return { ...group, seatsTaken }
}
