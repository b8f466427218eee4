import { forgetTraces, transact } from '@classgram/database'
import type { ErasedData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { vacate } from '../member/end-stays.ts'

/**
 * Takes a person out of the groups. Stays that are over remain, since a group's history would be
 * wrong without them; they name the student by id. Groups that the person teaches remain for their
 * members, and administrators run them.
 */
export async function erasePersonData(
  ctx: RequestContext,
  telegramId: bigint,
): Promise<ErasedData> {
  return transact(ctx.db, ctx, async (tx) => {
    const members = await endStays(tx, ctx, telegramId)
    const progress = await tx.groupProgress.deleteMany({ where: { studentTelegramId: telegramId } })
    const invitations = await tx.groupInvitation.deleteMany({
      where: { addresseeTelegramId: telegramId },
    })
    const rows = {
      group_members: members,
      group_progress: progress.count,
      group_invitations: invitations.count,
      ...(await forgetTraces(tx, telegramId)),
    }
    return { rows, isDone: true }
  })
}

/** Ends open stays as if the student had left; every service erases its own. @returns how many */
async function endStays(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  studentTelegramId: bigint,
): Promise<number> {
  // As everybody who gives seats or places away; in one order, lest two wait for each other.
  const groups = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM groups WHERE id IN (
      SELECT group_id FROM group_members
      WHERE student_telegram_id = ${studentTelegramId} AND left_at IS NULL
    ) ORDER BY id FOR UPDATE`
  const open = await tx.groupMember.findMany({
    where: { studentTelegramId, leftAt: null, groupId: { in: groups.map(({ id }) => id) } },
  })
  for (const stay of open) await vacate(tx, ctx, stay, 'LEFT')
  return open.length
}
