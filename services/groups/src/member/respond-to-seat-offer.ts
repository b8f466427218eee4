import { transact } from '@classgram/database'
import { conflict, forbidden } from '@classgram/errors'
import { isPerson } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { RespondToSeatOfferInput } from '../generated/graphql.ts'
import type { GroupMember, Prisma } from '../generated/prisma/client.ts'
import { type LockedGroup, lockGroup } from '../group/lock-group.ts'
import { assertIsStudent, assertTakesMembers } from '../group/rules.ts'
import type { GroupMemberRow } from '../rows.ts'
import { lapseOffers, offerFreeSeats, passOn } from './seat-offers.ts'
import { countSeatsTaken, hasSeat, seatRefusals } from './seats.ts'
import { tellMembershipChanged } from './tell-membership-changed.ts'
import { closeUpWaitingList, waitsNoMore } from './waiting-list.ts'

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
      const found = await tx.groupMember.findUnique({ where: { id } })
      const isOwn = found !== null && isPerson(ctx.viewer, found.studentTelegramId)
      const group = isOwn ? await lockGroup(tx, found.groupId) : undefined
      if (!group) throw forbidden('You can answer offers to yourself only.')
      await lapseOffers(tx, ctx, group.id)
      // Read again: only behind the group's lock does the state stand still.
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
  { id, status, joinedAt, offerExpiresAt, passedAt, waitingPosition: place }: GroupMember,
): Promise<void> {
  if (hasSeat(status)) return
  assertIsStudent(ctx)
  assertTakesMembers(ctx, group)
  if (!offerExpiresAt) {
    if (!passedAt) throw conflict('NO_SEAT_OFFERED', 'No seat has come free for you yet.')
    // Where a seat is still free nobody waits for it: it would be offered to them.
    if ((await countSeatsTaken(tx, group.id)) >= group.capacity) {
      throw conflict('SEAT_OFFER_EXPIRED', 'This seat has gone to somebody else. You still wait.')
    }
  }
  const seated = await tx.groupMember.update({
    where: { id },
    data: {
      ...waitsNoMore,
      status: 'ACTIVE',
      joinedAt: joinedAt ?? ctx.clock(),
      version: { increment: 1 },
    },
  })
  await tellMembershipChanged(tx, ctx, seated)
  if (place !== null) await closeUpWaitingList(tx, group.id, place)
}

async function pass(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  stay: GroupMember,
): Promise<void> {
  if (stay.passedAt) return
  if (!stay.offerExpiresAt) throw conflict('NO_SEAT_OFFERED', 'No seat is offered to you.')
  await passOn(tx, ctx, stay)
  await offerFreeSeats(tx, ctx, stay.groupId)
}
