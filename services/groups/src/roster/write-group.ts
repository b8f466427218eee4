import { isLockTimeout, transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'
import type { Group, GroupMember, Prisma } from '../generated/prisma/client.ts'
import { lockGroup } from '../group/lock-group.ts'
import { tellGroupChanged } from '../group/tell-group-changed.ts'
import { putInLine, seatStudents } from '../member/change-stays.ts'
import { offerFreeSeats, offerNewSeats, takeBackOffers } from '../member/seat-offers.ts'
import { bringsSeats, hasSeat } from '../member/seats.ts'
import { tellMembershipChanged } from '../member/tell-membership-changed.ts'
import { endOfWaitingList } from '../member/waiting-list.ts'
import { createFindings, type Findings } from './findings.ts'
import { findNamesakes, type GroupLines, type KnownGroup, readKnownGroups } from './match-groups.ts'
import type { Standing } from './people.ts'
import { type GroupPlan, isDone, type NewGroup, planGroup, type StayPlan } from './plan-group.ts'
import { limitWaiting } from './time-left.ts'

/** What became of a group's lines. */
export interface WrittenGroup {
  /** Undefined when the group was refused. */
  done: { groupId: string; plan: GroupPlan } | undefined
  findings: Findings
}

/**
 * Brings one group to what its lines say, as a whole or not at all. What was found out before is found out
 * again behind the lock: the world may have changed. If somebody else keeps the lock for too long, all the
 * lines are refused. Costs a number of statements that does not depend on how many lines there are.
 */
export async function writeGroup(
  ctx: RequestContext,
  block: GroupLines,
  standing: ReadonlyMap<bigint, Standing>,
): Promise<WrittenGroup> {
  try {
    return await write(ctx, block, standing)
  } catch (error) {
    if (isLockTimeout(error)) return { done: undefined, findings: refuseBusy(block) }
    throw error
  }
}

function refuseBusy({ lines }: GroupLines): Findings {
  const findings = createFindings()
  const message = 'Somebody else is changing this group: send the file again.'
  for (const { line } of lines) findings.refuse(line, 'GROUP_BUSY', message)
  return findings
}

function write(
  request: RequestContext,
  block: GroupLines,
  standing: ReadonlyMap<bigint, Standing>,
): Promise<WrittenGroup> {
  return transact(request.db, request, async (tx) => {
    await limitWaiting(tx, request)
    const findings = createFindings()
    const known = block.known
      ? await lockKnown(tx, block.known.group.id)
      : await lockNew(tx, block, findings)
    // All of it happens at one moment, which comes after what it waited for.
    const now = request.clock()
    const ctx = { ...request, clock: () => now }
    const plan = planGroup({ known, lines: block.lines }, standing, findings)
    if (!plan || findings.lines().length > 0) return { done: undefined, findings }
    return { done: { groupId: await writePlan(tx, ctx, known, plan), plan }, findings }
  })
}

async function lockKnown(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<KnownGroup | undefined> {
  await lockGroup(tx, id)
  const [known] = await readKnownGroups(tx, [id])
  return known
}

/**
 * Sees to it that of two imports of the same file one makes the group and the other finds it: names are not
 * unique, so no constraint would.
 */
async function lockNew(
  tx: Prisma.TransactionClient,
  { lines }: GroupLines,
  findings: Findings,
): Promise<KnownGroup | undefined> {
  const [first] = lines
  const { group, teacher_telegram_id: teacher } = first?.cells ?? {}
  if (!first || group === undefined || teacher === undefined) {
    throw new Error('Lines about a new group name it and its teacher.')
  }
  await tx.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended(${`roster ${teacher} ${group}`}, 0))`
  const [found, ...more] = await findNamesakes(tx, [{ group, teacher }])
  if (more.length > 0) {
    const message = 'The teacher has several groups of this name: say which by group_id.'
    findings.refuse(first.line, 'GROUP_AMBIGUOUS', message, 'group')
  }
  return found && lockKnown(tx, found.id)
}

async function writePlan(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  known: KnownGroup | undefined,
  plan: GroupPlan,
): Promise<string> {
  if (known && isDone(plan)) return known.group.id
  const changed = plan.stays.filter(({ outcome }) => outcome === 'UPDATED')
  const waiting = changed.filter(({ status }) => status === 'WAITLISTED')
  // Who gives up a seat first, since the group may get smaller; who takes one last.
  const seated = changed.flatMap(({ stay, status }) =>
    stay && hasSeat(status) ? [{ id: stay.id, status }] : [],
  )
  if (known) {
    await putInLine(tx, ctx, known.group.id, idsOf(waiting))
    const notFrom = seated.map(({ id }) => id)
    await takeBackOffers(tx, ctx, known.group.id, plan.offersTakenBack, notFrom)
  }
  const group = await writeFields(tx, ctx, known, plan)
  await seatStudents(tx, ctx, group.id, seated)
  const begun = await beginStays(tx, ctx, group.id, plan)
  // Read again: the line has closed up.
  const after =
    changed.length > 0
      ? await tx.groupMember.findMany({ where: { id: { in: idsOf(changed) } } })
      : []
  await tellMembershipChanged(tx, ctx, ...after, ...begun)
  const isFreed = waiting.some(({ stay }) => stay && hasSeat(stay.status))
  if (known && (isFreed || bringsSeats(known.group, group))) {
    await offerNewSeats(tx, ctx, group.id, idsOf(waiting))
  } else {
    await offerFreeSeats(tx, ctx, group.id)
  }
  return group.id
}

function idsOf(stays: StayPlan[]): string[] {
  return stays.flatMap(({ stay }) => stay?.id ?? [])
}

async function writeFields(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  known: KnownGroup | undefined,
  { outcome, group }: GroupPlan,
): Promise<Group> {
  if (known && outcome === 'UNCHANGED') return known.group
  const data = fieldsOf(group)
  const before = known?.group
  const isAsBefore = before?.level === group.level && before.status === group.status
  // Administrators import: they answer for the level, and for opening and starting the group.
  const profileWaived = isAsBefore ? before.profileWaived : true
  const after = known
    ? await tx.group.update({
        where: { id: known.group.id },
        data: { ...data, profileWaived, version: { increment: 1 } },
      })
    : await tx.group.create({ data: { ...data, profileWaived } })
  await tellGroupChanged(tx, ctx, after)
  return after
}

function fieldsOf(group: NewGroup) {
  const { name, teacherTelegramId, language, level, capacity, status, startsOn, endsOn } = group
  return { name, teacherTelegramId, language, level, capacity, status, startsOn, endsOn }
}

async function beginStays(
  tx: Prisma.TransactionClient,
  { clock }: RequestContext,
  groupId: string,
  { stays }: GroupPlan,
): Promise<GroupMember[]> {
  const begun = stays.filter(({ outcome }) => outcome === 'CREATED')
  if (begun.length === 0) return []
  const now = clock()
  let place = begun.some(({ status }) => status === 'WAITLISTED')
    ? await endOfWaitingList(tx, groupId)
    : 0
  return tx.groupMember.createManyAndReturn({
    data: begun.map(({ studentTelegramId, status }) => ({
      groupId,
      studentTelegramId,
      status,
      invitedAt: status === 'INVITED' ? now : null,
      joinedAt: hasSeat(status) ? now : null,
      waitingPosition: status === 'WAITLISTED' ? place++ : null,
      updatedAt: now,
    })),
  })
}
