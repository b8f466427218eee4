import { transact } from '@classgram/database'
import { conflict } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { RespondToSeatOfferInput } from '../generated/graphql.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'
import type { LockedGroup } from '../group/lock-group.ts'
import { assertIsStudent, assertTakesMembers } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { seatStudents } from './change-stays.ts'
import { lockOwnStay } from './lock-own-stay.ts'
import { lapseOffers, offerFreeSeats, passOn } from './seat-offers.ts'
import { countSeatsTaken, hasSeat, seatRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'

/**
 * The answer of a student to whom a free seat is offered: with a yes it is theirs, with a no it is
 * offered to the next, and they wait on at the end of the line. A late yes counts while the seat is still
 * free; the same answer again changes nothing.
 *
 * @throws FORBIDDEN for another's stay, whether there is one or not, and for a yes of who is no student
 * any more; CONFLICT: `STAY_ENDED`, `NO_SEAT_OFFERED`, `SEAT_OFFER_EXPIRED`, `GROUP_CLOSED` (to a yes)
 */
export async function respondToSeatOffer(
  ctx: RequestContext,
  { memberId: id, accept }: RespondToSeatOfferInput,
): Promise<{ member: GroupMemberRow }> {
  const member = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const message = 'You can answer offers to yourself only.'
      const { group } = await lockOwnStay(tx, ctx, id, message)
      await lapseOffers(tx, ctx, group.id)
      // Read again: this offer may be among those that lapsed.
      const stay = await tx.groupMember.findUniqueOrThrow({ where: { id } })
      if (stay.leftAt) throw conflict('STAY_ENDED', 'You are in this group no more.')
      if (accept) await take(tx, ctx, group, stay)
      else await pass(tx, ctx, stay)
      return tx.groupMember.findUniqueOrThrow({ where: { id } })
    },
    seatRefusals,
  )
  return { member }
}

async function take(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  group: LockedGroup,
  { id, status, offeredAt, offerExpiresAt }: GroupMember,
): Promise<void> {
  if (hasSeat(status)) return
  assertIsStudent(ctx)
  assertTakesMembers(ctx, group)
  if (!offeredAt) throw conflict('NO_SEAT_OFFERED', 'No seat has come free for you yet.')
  // Where a seat is still free nobody waits for it: it would be offered to them.
  if (!offerExpiresAt && !(await isSeatFree(tx, group))) {
    throw conflict('SEAT_OFFER_EXPIRED', 'This seat has gone to somebody else. You still wait.')
  }
  const seated = await seatStudents(tx, ctx, group.id, [{ id, status: 'ACTIVE' }])
  await tellMembershipChanged(tx, ctx, ...seated)
}

/** Counted again: offers may have lapsed, and been made. */
async function isSeatFree(
  tx: Prisma.TransactionClient,
  { id, capacity }: LockedGroup,
): Promise<boolean> {
  const taken = await countSeatsTaken(tx, [id])
  return (taken.get(id) ?? 0) < capacity
}

async function pass(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { id, groupId, offeredAt, offerExpiresAt }: GroupMember,
): Promise<void> {
  if (!offeredAt) throw conflict('NO_SEAT_OFFERED', 'No seat is offered to you.')
  if (!offerExpiresAt) return
  await passOn(tx, ctx, groupId, [id])
  await offerFreeSeats(tx, ctx, groupId)
}
