import type { GroupMember } from '../generated/prisma/client.ts'
import { hasSeat, occupiesSeat } from '../member/seats.ts'
import {
  type Cells,
  columnsOfGroup,
  type GroupColumn,
  livingStatuses,
  type stayStatuses,
} from './columns.ts'
import type { Findings } from './findings.ts'
import type { GroupLines, KnownGroup } from './match-groups.ts'
import { isSame, type Merged, mergeCells } from './merge-cells.ts'
import { refuseOther, type Standing } from './people.ts'

type StayStatus = (typeof stayStatuses)[number]
export type Outcome = 'CREATED' | 'UPDATED' | 'UNCHANGED'

/** What a group is to be. */
export interface NewGroup {
  name: string
  teacherTelegramId: bigint
  language: string
  level: NonNullable<Cells['level']>
  capacity: number
  status: (typeof livingStatuses)[number]
  startsOn: Date | null
  endsOn: Date | null
}

/** What is to become of a stay; nothing when it is as the line says. */
export interface StayPlan {
  line: number
  studentTelegramId: bigint
  outcome: Outcome
  /** The state that it begins in, or changes to. */
  status: StayStatus
  stay: GroupMember | undefined
}

/** What an import does in one group. */
export interface GroupPlan {
  outcome: Outcome
  group: NewGroup
  stays: StayPlan[]
  /** How many, because the group gets smaller. */
  offersTakenBack: number
}

/**
 * Decides what lines mean for their group, and refuses those that the rules of groups forbid.
 *
 * @param standing of the people whom the lines name
 * @returns undefined when there is no saying what the group is to be, for which its lines are refused then
 */
export function planGroup(
  { known, lines }: GroupLines,
  standing: ReadonlyMap<bigint, Standing>,
  findings: Findings,
): GroupPlan | undefined {
  const wish = mergeCells(lines, columnsOfGroup, findings)
  const group = planFields(known, wish, lines[0]?.line ?? 0, findings)
  if (!group) return undefined
  const stays = planStays(known, lines, standing, findings)
  const offersTakenBack = giveSeats(known, group, wish, stays, findings)
  return { outcome: outcomeOf(known, group), group, stays, offersTakenBack }
}

/** Whether nothing is left to do in the group. */
export function isDone({ outcome, stays }: GroupPlan): boolean {
  return outcome === 'UNCHANGED' && stays.every((stay) => stay.outcome === 'UNCHANGED')
}

/** What is stored of a group, by the column that says so. */
const stored = {
  group: 'name',
  teacher_telegram_id: 'teacherTelegramId',
  language: 'language',
  level: 'level',
  capacity: 'capacity',
  group_status: 'status',
  starts_on: 'startsOn',
  ends_on: 'endsOn',
} as const satisfies Partial<Record<GroupColumn, keyof NewGroup>>
const storedColumns = Object.keys(stored) as (keyof typeof stored)[]
/** What no import changes: a slip in a file must not hand a class over, or turn it into another one. */
const leftAlone = ['teacher_telegram_id', 'language'] as const
const required = ['group', 'teacher_telegram_id', 'language', 'level', 'capacity'] as const

function planFields(
  known: KnownGroup | undefined,
  { values, lineOf }: Merged<GroupColumn>,
  firstLine: number,
  findings: Findings,
): NewGroup | undefined {
  const before = known?.group
  if (before?.status === 'FINISHED' || before?.status === 'ARCHIVED') {
    findings.refuse(firstLine, 'GROUP_CLOSED', 'The group is over and takes nobody any more.')
    return undefined
  }
  for (const name of before ? leftAlone : []) {
    if (values[name] !== undefined && !isSame(values[name], before?.[stored[name]])) {
      const message = `${name}: the group has another one, and an import does not change it.`
      findings.refuse(lineOf[name] ?? firstLine, 'NOT_CHANGEABLE', message, name)
      return undefined
    }
  }
  const missing = before ? [] : required.filter((name) => values[name] === undefined)
  for (const name of missing) {
    findings.refuse(firstLine, 'MISSING_VALUE', `${name}: a new group needs it.`, name)
  }
  if (missing.length > 0) return undefined
  const given = Object.fromEntries(
    storedColumns.flatMap((name) =>
      values[name] === undefined ? [] : [[stored[name], values[name]]],
    ),
  )
  const group = { status: 'DRAFT', startsOn: null, endsOn: null, ...before, ...given } as NewGroup
  if (group.startsOn && group.endsOn && group.endsOn < group.startsOn) {
    const line = lineOf.ends_on ?? lineOf.starts_on ?? firstLine
    findings.refuse(line, 'BAD_VALUE', 'ends_on: must not be before starts_on', 'ends_on')
  }
  if (before && livingStatuses.indexOf(group.status) < livingStatuses.indexOf(before.status)) {
    const message = `A group does not go from ${before.status} to ${group.status} by an import.`
    findings.refuse(lineOf.group_status ?? firstLine, 'STEP_NOT_ALLOWED', message, 'group_status')
  }
  return group
}

function outcomeOf(known: KnownGroup | undefined, group: NewGroup): Outcome {
  if (!known) return 'CREATED'
  const isAsBefore = Object.values(stored).every((field) =>
    isSame(group[field], known.group[field]),
  )
  return isAsBefore ? 'UNCHANGED' : 'UPDATED'
}

function planStays(
  known: KnownGroup | undefined,
  lines: GroupLines['lines'],
  standing: ReadonlyMap<bigint, Standing>,
  findings: Findings,
): StayPlan[] {
  const lineOf = new Map<bigint, number>()
  return lines.flatMap(({ line, cells }): StayPlan[] => {
    const { student_telegram_id: studentTelegramId, member_status: wished } = cells
    if (studentTelegramId === undefined) return []
    const earlier = lineOf.get(studentTelegramId)
    if (earlier !== undefined) {
      const message = `Line ${earlier} has this student in this group already.`
      findings.refuse(line, 'DUPLICATE_STUDENT', message, 'student_telegram_id')
      return []
    }
    lineOf.set(studentTelegramId, line)
    const stay = known?.openStays.get(studentTelegramId)
    const status = wished ?? (stay?.status as StayStatus | undefined) ?? 'ACTIVE'
    const outcome = stay ? (stay.status === status ? 'UNCHANGED' : 'UPDATED') : 'CREATED'
    if (outcome === 'UPDATED' && status === 'INVITED') {
      const message = 'The student is in the group, or waits: nobody is invited after that.'
      findings.refuse(line, 'NOT_CHANGEABLE', message, 'member_status')
    }
    if (outcome === 'CREATED') refuseStranger(standing.get(studentTelegramId), line, findings)
    return [{ line, studentTelegramId, outcome, status, stay }]
  })
}

/** A stay that is there already is left alone; a new one is for students. */
function refuseStranger(person: Standing | undefined, line: number, findings: Findings): void {
  refuseOther(person, line, findings)
  if (person && !person.isActive) {
    const message = 'The account of this person is shut.'
    findings.refuse(line, 'ACCOUNT_SHUT', message, 'student_telegram_id')
  }
}

/**
 * Seats go to the lines in their order; whoever is to wait gives theirs up before.
 *
 * @returns how many offers must be taken back, because the group gets smaller
 */
function giveSeats(
  known: KnownGroup | undefined,
  { capacity }: NewGroup,
  { lineOf }: Merged<GroupColumn>,
  stays: StayPlan[],
  findings: Findings,
): number {
  const givenUp = stays.filter(
    ({ stay, status }) => stay && hasSeat(stay.status) && !hasSeat(status),
  )
  const taken = (known?.seatsTaken ?? 0) - givenUp.length
  const isSmaller = known !== undefined && capacity < known.group.capacity
  const offersTakenBack = isSmaller
    ? Math.max(0, Math.min(taken - capacity, countOffers(known, stays)))
    : 0
  const kept = taken - offersTakenBack
  if (isSmaller && capacity < kept) {
    const message = 'More students have a seat than that.'
    findings.refuse(lineOf.capacity ?? 0, 'CAPACITY_BELOW_MEMBERS', message, 'capacity')
  }
  let free = capacity - kept
  for (const { line, stay, status } of stays) {
    if (!hasSeat(status) || (stay && occupiesSeat(stay))) continue
    if (free > 0) free -= 1
    else findings.refuse(line, 'GROUP_FULL', `No seat is free: the group has ${capacity}.`)
  }
  return offersTakenBack
}

/** Offers of seats that no line gives to whom they are offered to. */
function countOffers({ openStays }: KnownGroup, stays: StayPlan[]): number {
  const seated = new Set(stays.filter(({ status }) => hasSeat(status)).map(({ stay }) => stay?.id))
  return [...openStays.values()].filter((stay) => stay.offerExpiresAt && !seated.has(stay.id))
    .length
}
