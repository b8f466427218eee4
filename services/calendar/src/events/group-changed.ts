import { subscribe } from '@classgram/events'
import { groupChanged } from '@classgram/events/catalog'
import type { Prisma } from '../generated/prisma/client.ts'
import { endLessons } from '../group/end-lessons.ts'
import { isOver, noteGroupState } from '../group/group-state.ts'

/** Keeps where groups are in their lives. An event older than what is known changes nothing. */
export const onGroupChanged = subscribe(
  groupChanged,
  (tx: Prisma.TransactionClient, group) => noteGroupState(tx, group),
  { isReplayable: true },
)

/**
 * Ends the lessons of groups that are over, by what is known and not by what the event says: an old
 * one must not end the lessons of a group that goes on again. Comes after the state is noted, and so
 * locked. Replays spare it, because what was planned since is not theirs to call off.
 */
export const onGroupOver = (clock: () => Date) =>
  subscribe(
    groupChanged,
    async (tx: Prisma.TransactionClient, { id }, { actor, requestId }) => {
      const { status } = await tx.groupState.findUniqueOrThrow({ where: { id } })
      if (isOver(status)) await endLessons(tx, { actor, requestId, clock }, id)
    },
    { isReplayable: false },
  )
