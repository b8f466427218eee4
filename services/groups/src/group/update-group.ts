import { transact } from '@classgram/database'
import { badUserInput, conflict, forbidden, notFound } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { isAdmin } from '@classgram/viewer'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { UpdateGroupInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { offerNewSeats, takeBackOffers } from '../member/seat-offers.ts'
import { bringsSeats } from '../member/seats.ts'
import type { GroupRow } from '../rows.ts'
import { findTeacher, type TeacherProfile } from '../sisters.ts'
import { takeStep } from './life-cycle.ts'
import { type LockedGroup, lockGroup } from './lock-group.ts'
import { assertRunsGroup, capacity, description, name } from './rules.ts'
import { assertActive, assertTeaches, findNewTeacher } from './teacher-profile.ts'
import { tellGroupChanged } from './tell-group-changed.ts'

const rules = z.object({
  name: name.nullish(),
  description,
  capacity: capacity.nullish(),
})

/**
 * Changes a group. With the last step of its life everything in it that was open ends.
 *
 * @throws FORBIDDEN for a group that the viewer does not run, whether there is one or not, and for
 * teachers who hand a group over or let one go on that is over; NOT_FOUND for administrators;
 * BAD_USER_INPUT; CONFLICT: `GROUP_ARCHIVED`, `STALE` (another version by now),
 * `CAPACITY_BELOW_MEMBERS`, `STEP_NOT_ALLOWED`, `GROUP_NOT_EMPTY`, `TEACHER_NOT_ACTIVE`, and
 * `NOT_IN_TEACHER_PROFILE` unless an administrator says so
 */
export async function updateGroup(
  ctx: RequestContext,
  input: UpdateGroupInput,
): Promise<{ group: GroupRow }> {
  const fields = parseInput(rules, input)
  await assertMayHandOver(ctx, input)
  const profile = await findProfile(ctx, input)
  const group = await transact(
    ctx.db,
    ctx,
    async (tx) => {
      const before = await lockGroup(tx, input.id)
      assertRunsGroup(ctx, before)
      if (!before) throw notFound('group', input.id)
      const { version } = before
      if (before.status === 'ARCHIVED') {
        throw conflict('GROUP_ARCHIVED', 'The group is put away, and stays as it is.')
      }
      if (input.expectedVersion != null && input.expectedVersion !== version) {
        throw conflict('STALE', 'The group was changed in the meantime.', { version })
      }
      if (fields.capacity != null) await makeSmaller(tx, ctx, before, fields.capacity)
      if (input.status != null) await takeStep(tx, ctx, before, input.status)
      const profileWaived = judgeCourse(ctx, before, input, profile)
      const after = await tx.group.update({
        where: { id: input.id },
        data: {
          name: fields.name ?? undefined,
          description: fields.description,
          capacity: fields.capacity ?? undefined,
          level: input.level ?? undefined,
          teacherTelegramId: input.teacherTelegramId ?? undefined,
          profileWaived,
          status: input.status ?? undefined,
          startsOn: input.startsOn,
          endsOn: input.endsOn,
          version: { increment: 1 },
        },
      })
      await tellGroupChanged(tx, ctx, after)
      if (bringsSeats(before, after)) await offerNewSeats(tx, ctx, input.id)
      return after
    },
    {
      group_members_within_capacity: () => capacityBelowMembers(),
      groups_dates_in_order: () =>
        badUserInput('input.endsOn', 'input.endsOn: must not be before startsOn'),
    },
  )
  return { group }
}

/**
 * Takes offers back for which there will be no seats.
 *
 * @throws CONFLICT `CAPACITY_BELOW_MEMBERS`: those who have a seat keep it
 */
async function makeSmaller(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  { id, seatsTaken }: LockedGroup,
  capacity: number,
): Promise<void> {
  const takenBack = await takeBackOffers(tx, ctx, id, seatsTaken - capacity)
  const members = seatsTaken - takenBack
  if (capacity < members) throw capacityBelowMembers({ members })
}

async function assertMayHandOver(
  ctx: RequestContext,
  { teacherTelegramId }: UpdateGroupInput,
): Promise<void> {
  if (teacherTelegramId == null) return
  if (!isAdmin(ctx.viewer)) throw forbidden('Only administrators change teacherTelegramId.')
  await findNewTeacher(ctx, teacherTelegramId)
}

/**
 * What a teacher teaches who changes their group, if that matters. Asked for before the transaction, which
 * waits for no sister.
 */
async function findProfile(
  ctx: RequestContext,
  { id, level, status }: UpdateGroupInput,
): Promise<TeacherProfile | null> {
  if (isAdmin(ctx.viewer) || (level == null && !isTaught(status))) return null
  const known = await ctx.loaders.groupById.load(id)
  assertRunsGroup(ctx, known)
  if (!known) throw notFound('group', id)
  return findTeacher(ctx, known.teacherTelegramId)
}

/**
 * A teacher's decisions keep to their profile; for what an administrator decides they answer themselves,
 * until the teacher sets another level.
 *
 * @param profile of the teacher whose decision it is
 * @returns whether an administrator answers for language and level
 * @throws CONFLICT: `TEACHER_NOT_ACTIVE`, `NOT_IN_TEACHER_PROFILE`
 */
function judgeCourse(
  { viewer }: RequestContext,
  { language, profileWaived, ...before }: LockedGroup,
  { teacherTelegramId, level, status }: UpdateGroupInput,
  profile: TeacherProfile | null,
): boolean {
  const isNewLevel = level != null && level !== before.level
  const begins = isTaught(status) && status !== before.status
  if (isAdmin(viewer)) {
    const isNewTeacher =
      (teacherTelegramId ?? before.teacherTelegramId) !== before.teacherTelegramId
    return profileWaived || isNewLevel || isNewTeacher || begins
  }
  if (begins) assertActive(profile)
  if (isNewLevel || (begins && !profileWaived)) {
    assertTeaches(profile, { language, level: level ?? before.level })
  }
  return profileWaived && !isNewLevel
}

function isTaught(status: UpdateGroupInput['status']): boolean {
  return status === 'OPEN' || status === 'RUNNING'
}

function capacityBelowMembers(details?: { members: number }) {
  return conflict('CAPACITY_BELOW_MEMBERS', 'More students have a seat than that.', details)
}
