import type { GroupStatus, Level, Prisma } from '../generated/prisma/client.ts'
import { countSeatsTaken } from '../member/seats.ts'

export interface LockedGroup {
  id: string
  teacherTelegramId: bigint
  language: string
  level: Level
  profileWaived: boolean
  capacity: number
  status: GroupStatus
  version: number
  /** By active and paused members, and by offers. */
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
    SELECT id, teacher_telegram_id AS "teacherTelegramId", language, level,
      profile_waived AS "profileWaived", capacity, status, version
    FROM groups WHERE id = ${id}::uuid FOR UPDATE`
  if (!group) return undefined
  const taken = await countSeatsTaken(tx, [id])
  return { ...group, seatsTaken: taken.get(id) ?? 0 }
}
