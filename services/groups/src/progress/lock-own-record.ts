import { notFound } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { assertRunsGroup } from '../group/rules.ts'

/**
 * Locks a record until the transaction ends, so that nobody else changes or removes it.
 *
 * @throws FORBIDDEN unless the viewer runs the record's group, whether it exists or not; NOT_FOUND
 * for administrators
 */
export async function lockOwnRecord(
  ctx: RequestContext,
  tx: Prisma.TransactionClient,
  id: string,
): Promise<void> {
  const [group] = await tx.$queryRaw<{ teacherTelegramId: bigint }[]>`
    SELECT g.teacher_telegram_id AS "teacherTelegramId"
    FROM group_progress p JOIN groups g ON g.id = p.group_id
    WHERE p.id = ${id}::uuid FOR UPDATE OF p`
  assertRunsGroup(ctx, group, 'None of your groups has this record, or has it any more.')
  if (!group) throw notFound('record of progress', id)
}
