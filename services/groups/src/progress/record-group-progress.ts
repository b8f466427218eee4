import { once, replay, transact } from '@classgram/database'
import { badUserInput, conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RecordGroupProgressInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { assertRunsGroup } from '../group/rules.ts'
import type { GroupProgressRow } from '../rows.ts'
import { studentExists } from '../sisters.ts'
import { assertTakesRecords, note, percentage, recordedAt, score, topic, unit } from './rules.ts'

const rules = (now: Date) =>
  z.object({ unit, topic, percentage, score, note, recordedAt: recordedAt(now) })

/**
 * Records what a group, or one student of it, has reached.
 *
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not;
 * NOT_FOUND for administrators, and for a retry after what the first attempt recorded was removed;
 * BAD_USER_INPUT, also for a student who was erased; CONFLICT: `GROUP_CLOSED`, `NOT_A_MEMBER`;
 * SERVICE_UNAVAILABLE when students cannot be asked
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
  const group = await ctx.loaders.groupById.load(groupId)
  assertRunsGroup(ctx, group)
  if (!group) throw notFound('group', groupId)
  assertTakesRecords(group)
  if (studentTelegramId !== null) await assertTaught(ctx, groupId, studentTelegramId)
  const progress = await transact(ctx.db, ctx, (tx) =>
    once(tx, ctx, 'recordGroupProgress', input, {
      create: async () =>
        tx.groupProgress.create({
          data: {
            ...fields,
            groupId,
            studentTelegramId,
            recordedAt: recordedAt ?? (await findNow(tx, now, { groupId, studentTelegramId })),
            recordedByTelegramId: viewer.telegramId,
          },
        }),
      find: (id) => findRecord(tx, id),
    }),
  )
  return { progress }
}

async function findRecord(db: Prisma.TransactionClient, id: string): Promise<GroupProgressRow> {
  const record = await db.groupProgress.findUnique({ where: { id } })
  if (!record) throw notFound('record of progress', id)
  return record
}

/**
 * Marks are also written after a student has left; who never came has reached nothing. Only of who had a
 * seat it is asked whether there is such a student: so teachers learn nothing of others.
 */
async function assertTaught(
  ctx: RequestContext,
  groupId: string,
  studentTelegramId: bigint,
): Promise<void> {
  const stay = await ctx.db.groupMember.findFirst({
    where: { groupId, studentTelegramId, joinedAt: { not: null } },
    select: { id: true },
  })
  if (!stay) throw conflict('NOT_A_MEMBER', 'The student never had a seat in this group.')
  if (!(await studentExists(ctx, studentTelegramId))) {
    throw badUserInput('input.studentTelegramId', `There is no student ${studentTelegramId}.`)
  }
}

/** What is recorded now is the latest, although the clock may have been put back. */
async function findNow(
  tx: Prisma.TransactionClient,
  now: Date,
  about: { groupId: string; studentTelegramId: bigint | null },
): Promise<Date> {
  const { _max } = await tx.groupProgress.aggregate({ where: about, _max: { recordedAt: true } })
  const latest = _max.recordedAt
  return latest && latest >= now ? new Date(latest.getTime() + 1) : now
}
