import { conflict } from '@classgram/errors'
import type { LockedGroup } from '../group/lock-group.ts'

/** @throws CONFLICT `GROUP_FULL` */
export function assertSeatFree(group: LockedGroup): void {
  if (!hasSeatFree(group)) throw groupFull({ capacity: group.capacity })
}

/** Holds for as long as the group is locked. */
export function hasSeatFree({ seatsTaken, capacity }: LockedGroup): boolean {
  return seatsTaken < capacity
}

/** What the database says should a seat be given twice all the same. */
export const seatRefusals = { group_members_within_capacity: () => groupFull() }

function groupFull(details?: { capacity: number }) {
  return conflict('GROUP_FULL', 'No seat is free.', details)
}
