import { transact } from '@classgram/database'
import type { RequestContext } from '../context.ts'
import type { Group, GroupMember, Prisma } from '../generated/prisma/client.ts'
import { lockGroup } from '../group/lock-group.ts'
import { tellGroupChanged } from '../group/tell-group-changed.ts'
import { offerFreeSeats } from '../member/seat-offers.ts'
import { hasSeat } from '../member/seats.ts'
import { tellMembershipChanged } from '../member/tell-membership-changed.ts'
import { endOfWaitingList } from '../member/waiting-list.ts'
import { changeStays } from './change-stays.ts'
import { findNamesakes, type GroupLines, type KnownGroup, readKnownGroups } from './find-groups.ts'
import { createFindings, type Findings } from './findings.ts'
import type { Standing } from './people.ts'
import { type GroupPlan, isDone, type NewGroup, planGroup, type StayPlan } from './plan-group.ts'

/** What became of a group's lines. */
export interface WrittenGroup {
  /** Undefined when the group was refused. */
  done: { groupId: string; plan: GroupPlan } | undefined
  findings: Findings
}

/**
 * Brings one group to what its lines say, as a whole or not at all. What was found out before is found out
 * again behind the lock: the world may have changed. Costs a number of statements that does not depend on
 * how many lines there are.
 */
export function writeGroup(
  request: RequestContext,
  block: GroupLines,
  standing: ReadonlyMap<bigint, Standing>,
): Promise<WrittenGroup> {
  // All of it happens at one moment, however many members there are.
  const now = request.clock()
  const ctx = { ...request, clock: () => now }
  return transact(ctx.db, ctx, async (tx) => {
    const findings = createFindings()
    const known = block.known
      ? await lockKnown(tx, block.known.group.id)
      : await lockNew(tx, block, findings)
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
  const [{ line, cells } = { line: 0, cells: {} }] = lines
  const { group = '', teacher_telegram_id: teacher = 0n } = cells
  await tx.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended(${`roster ${teacher} ${group}`}, 0))`
  const [found, ...more] = await findNamesakes(tx, [{ group, teacher }])
  if (more.length > 0) {
    const message = 'The teacher has several groups of this name: say which by group_id.'
    findings.refuse(line, 'GROUP_AMBIGUOUS', message, 'group')
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
  if (known) {
    if (bringsSeats(known, plan, waiting)) await forgetPassing(tx, known.group.id)
    // Who gives up a seat first, since the group may get smaller; who takes one last.
    await changeStays(tx, ctx, known.group.id, waiting)
  }
  const group = await writeFields(tx, ctx, known, plan)
  const seated = changed.filter(({ status }) => hasSeat(status))
  await changeStays(tx, ctx, group.id, seated)
  const begun = await beginStays(tx, ctx, group.id, plan)
  const ids = changed.flatMap(({ stay }) => stay?.id ?? [])
  const after = ids.length > 0 ? await tx.groupMember.findMany({ where: { id: { in: ids } } }) : []
  await tellMembershipChanged(tx, ctx, ...after, ...begun)
  await offerFreeSeats(tx, ctx, group.id)
  return group.id
}

function bringsSeats({ group }: KnownGroup, plan: GroupPlan, waiting: StayPlan[]): boolean {
  const isFreed = waiting.some(({ stay }) => stay && hasSeat(stay.status))
  const isOpened = group.status === 'DRAFT' && plan.group.status !== 'DRAFT'
  return isFreed || isOpened || plan.group.capacity > group.capacity
}

/** A seat that comes free is news to those, too, who let an earlier one pass; not to who gives it up now. */
async function forgetPassing(tx: Prisma.TransactionClient, groupId: string): Promise<void> {
  await tx.groupMember.updateMany({
    where: { groupId, passedAt: { not: null } },
    data: { passedAt: null },
  })
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
    })),
  })
}
