import type { ActContext } from '../context.ts'
import type { GroupMember, MemberStatus, Prisma } from '../generated/prisma/client.ts'
import { memberColumns } from './loaders.ts'
import { closeUpWaitingList, endOfWaitingList } from './waiting-list.ts'

/**
 * Puts students at the end of the waiting list, in the order given; none of them stands in it already.
 * Call it behind the group's lock.
 *
 * @returns the stays as they are then
 */
export async function putInLine(
  tx: Prisma.TransactionClient,
  { clock }: ActContext,
  groupId: string,
  ids: readonly string[],
): Promise<GroupMember[]> {
  if (ids.length === 0) return []
  const now = clock()
  const place = await endOfWaitingList(tx, groupId)
  // Whose seat is taken back is not offered it the next moment.
  return tx.$queryRaw<GroupMember[]>`
    UPDATE group_members m SET
      passed_at = CASE WHEN m.status IN ('ACTIVE', 'PAUSED') THEN ${now}::timestamptz END,
      status = 'WAITLISTED', waiting_position = ${place}::int + w.nth - 1,
      version = version + 1, updated_at = ${now}::timestamptz
    FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS w (stay, nth) WHERE m.id = w.stay
    RETURNING ${memberColumns}`
}

/**
 * Gives seats to students who have none, or lets those who have one pause or come back. The waiting list
 * closes up. Call it behind the group's lock.
 *
 * @returns the stays as they are then
 */
export async function seatStudents(
  tx: Prisma.TransactionClient,
  ctx: ActContext,
  groupId: string,
  stays: readonly { id: string; status: MemberStatus }[],
): Promise<GroupMember[]> {
  if (stays.length === 0) return []
  const now = ctx.clock()
  const seated = await tx.$queryRaw<GroupMember[]>`
    UPDATE group_members m SET
      status = s.state::member_status, joined_at = coalesce(m.joined_at, ${now}::timestamptz),
      waiting_position = NULL, awaits_approval = false, offered_at = NULL, offer_expires_at = NULL,
      passed_at = NULL, version = version + 1, updated_at = ${now}::timestamptz
    FROM unnest(${stays.map(({ id }) => id)}::uuid[], ${stays.map(({ status }) => status)}::text[])
      AS s (stay, state)
    WHERE m.id = s.stay
    RETURNING ${memberColumns}`
  await closeUpWaitingList(tx, ctx, groupId)
  return seated
}
