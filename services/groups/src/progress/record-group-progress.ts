import { once, replay, transact } from '@classgram/database'
import { conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RecordGroupProgressInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupProgressRow } from '../rows.ts'
import { assertTakesRecords, note, percentage, recordedAt, score, topic, unit } from './rules.ts'

const rules = (now: Date) =>
  z.object({ unit, topic, percentage, score, note, recordedAt: recordedAt(now) })

/**
 * Records what a group, or one student of it, has reached.
 *
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not;
 * NOT_FOUND for administrators, and for a retry after what the first attempt recorded was removed;
 * BAD_USER_INPUT; CONFLICT: `GROUP_CLOSED`, `NOT_A_MEMBER`
 */
export async function recordGroupProgress(
  ctx: RequestContext,
  input: RecordGroupProgressInput,
): Promise<{ progress: GroupProgressRow }> {
  const earlier = await replay(ctx.db, ctx, 'recordGroupProgress', input, (id) =>
    findRecord(ctx.db, id),
  )
  if (earlier) return { progress: earlier }
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw forbidden()
  const now = ctx.clock()
  const { recordedAt, ...fields } = parseInput(rules(now), input)
  const { groupId, studentTelegramId = null } = input
  const progress = await transact(ctx.db, ctx, async (tx) => {
    const group = await tx.group.findUnique({ where: { id: groupId } })
    assertRunsGroup(ctx, group ?? undefined)
    if (!group) throw notFound('group', groupId)
    return once(tx, ctx, 'recordGroupProgress', input, {
      async create() {
        assertTakesRecords(group)
        if (studentTelegramId !== null) await assertHadSeat(tx, groupId, studentTelegramId)
        return tx.groupProgress.create({
          data: {
            ...fields,
            groupId,
            studentTelegramId,
            recordedAt: recordedAt ?? now,
            recordedByTelegramId: viewer.telegramId,
          },
        })
      },
      find: (id) => findRecord(tx, id),
    })
  })
  return { progress }
}

async function findRecord(db: Prisma.TransactionClient, id: string): Promise<GroupProgressRow> {
  const record = await db.groupProgress.findUnique({ where: { id } })
  if (!record) throw notFound('record of progress', id)
  return record
}

/** Marks are also written after a student has left; who never came has reached nothing. */
async function assertHadSeat(
  tx: Prisma.TransactionClient,
  groupId: string,
  studentTelegramId: bigint,
): Promise<void> {
  const stay = await tx.groupMember.findFirst({
    where: { groupId, studentTelegramId, joinedAt: { not: null } },
    select: { id: true },
  })
  if (!stay) throw conflict('NOT_A_MEMBER', 'The student never had a seat in this group.')
}
