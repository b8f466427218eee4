import type { RequestContext } from '../context.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { endOfWaitingList } from '../member/waiting-list.ts'
import type { StayPlan } from './plan-group.ts'

/** Changes the state of stays to wait for a seat, or else to have one. Call it behind the group's lock. */
export async function changeStays(
  tx: Prisma.TransactionClient,
  { clock }: RequestContext,
  groupId: string,
  changes: readonly StayPlan[],
): Promise<void> {
  if (changes.length === 0) return
  const ids = changes.flatMap(({ stay }) => stay?.id ?? [])
  const now = clock()
  if (changes[0]?.status === 'WAITLISTED') {
    const place = await endOfWaitingList(tx, groupId)
    // Whose seat is taken back is not offered it the next moment.
    await tx.$executeRaw`
      UPDATE group_members m SET
        passed_at = CASE WHEN m.status IN ('ACTIVE', 'PAUSED') THEN ${now}::timestamptz END,
        status = 'WAITLISTED', waiting_position = ${place}::int + w.nth - 1,
        version = version + 1, updated_at = now()
      FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS w (id, nth) WHERE m.id = w.id`
    return
  }
  await tx.$executeRaw`
    UPDATE group_members m SET
      status = s.status::member_status, joined_at = coalesce(m.joined_at, ${now}::timestamptz),
      waiting_position = NULL, awaits_approval = false, offered_at = NULL, offer_expires_at = NULL,
      passed_at = NULL, version = version + 1, updated_at = now()
    FROM unnest(${ids}::uuid[], ${changes.map(({ status }) => status)}::text[]) AS s (id, status)
    WHERE m.id = s.id`
  if (changes.some(({ stay }) => stay?.waitingPosition)) await closeUp(tx, groupId)
}

/** Takes the gaps out of a waiting list that several have left. */
async function closeUp(tx: Prisma.TransactionClient, groupId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE group_members m
    SET waiting_position = line.place, version = version + 1, updated_at = now()
    FROM (
      SELECT id, row_number() OVER (ORDER BY waiting_position) AS place FROM group_members
      WHERE group_id = ${groupId}::uuid AND status = 'WAITLISTED'
    ) line WHERE m.id = line.id AND m.waiting_position <> line.place`
}
