import type { RequestContext } from '../context.ts'
import { findTeacherStatuses } from '../sisters.ts'
import { type Column, columnsOfGroup, columnsOfPerson } from './columns.ts'
import type { Findings } from './findings.ts'
import { type GroupLines, keyOf, matchGroups } from './match-groups.ts'
import { findDoubtfulLines } from './may-mean.ts'
import {
  gatherPeople,
  hasSameValues,
  type Person,
  refuseOthers,
  registerPeople,
  type Standing,
} from './people.ts'
import { type GroupPlan, planGroup } from './plan-group.ts'
import type { Roster, RosterLine } from './read-roster.ts'

/** A roster, and what an import would make of it. */
export interface CheckedRoster extends Roster {
  groups: CheckedGroup[]
  /** Lines that are about a person alone. */
  personLines: RosterLine[]
  standing: ReadonlyMap<bigint, Standing>
  /** With what the lines that go in say of them. */
  people: Person[]
}

export interface CheckedGroup extends GroupLines {
  plan: GroupPlan | undefined
  /** A line of no group, or of another one, that was refused and may mean this one. */
  doubtfulLine: number | undefined
  /** Once it has been written. */
  groupId?: string
}

/**
 * Finds out what an import of a roster would do, and what keeps lines out, without changing anything.
 *
 * @throws SERVICE_UNAVAILABLE when auth, students or teachers does not answer
 */
export async function checkRoster(ctx: RequestContext, roster: Roster): Promise<CheckedRoster> {
  const { lines, findings } = roster
  for (const line of lines) refuseIncomplete(line, findings)
  const { groups, doubtful } = await matchGroups(ctx.db, lines, findings)
  // Of every line, so that all that is wrong with a file is told at once.
  const asked = gatherPeople(lines, findings)
  const standing = await registerPeople(ctx, asked, findings, { isDryRun: true })
  const planned = groups.map((group) => ({ ...group, plan: planGroup(group, standing, findings) }))
  await refuseTeachers(ctx, planned, findings)
  const personLines = lines.filter(({ cells }) => !isAboutGroup(cells))
  refuseOthers(personLines, standing, findings)
  const doubtfulLines = findDoubtfulLines(planned, doubtful, findings)
  const checked = planned.map((group) => ({ ...group, doubtfulLine: doubtfulLines.get(group) }))
  const result = { lines, findings, groups: checked, personLines, standing }
  return { ...result, people: await settlePeople(ctx, result, asked) }
}

/** What of a roster goes in: nothing is wrong with it by now. */
export function wholeOf({ groups, personLines, findings }: Omit<CheckedRoster, 'people'>) {
  const whole = groups.filter((group) => refusedLineOf(group, findings) === undefined)
  const alone = personLines.filter(({ line }) => findings.of(line).length === 0)
  return { groups: whole, lines: [...whole.flatMap((group) => group.lines), ...alone] }
}

/** The line for which a group stays out, if one does. */
export function refusedLineOf(
  { lines, doubtfulLine }: CheckedGroup,
  findings: Findings,
): number | undefined {
  return lines.find(({ line }) => findings.of(line).length > 0)?.line ?? doubtfulLine
}

/**
 * Judges people by what goes in alone: who has a name only in a group that stays out has none. That may keep
 * out further groups, and so on.
 *
 * @returns the people of what goes in
 */
async function settlePeople(
  ctx: RequestContext,
  checked: Omit<CheckedRoster, 'people'> & { standing: Map<bigint, Standing> },
  asked: readonly Person[],
): Promise<Person[]> {
  const { findings, standing } = checked
  const told = new Map(asked.map((person) => [person.telegramId, person]))
  for (;;) {
    const people = gatherPeople(wholeOf(checked).lines, findings)
    const changed = people.filter((person) => !hasSameValues(person, told.get(person.telegramId)))
    if (changed.length === 0) return people
    for (const person of changed) told.set(person.telegramId, person)
    const settled = await registerPeople(ctx, changed, findings, { isDryRun: true })
    for (const [telegramId, one] of settled) standing.set(telegramId, one)
  }
}

/** A line that says something, but not of what or whom. */
function refuseIncomplete(line: RosterLine, findings: Findings): void {
  const { cells } = line
  // A cell that could not be read is missed for that reason.
  if (findings.of(line.line).length > 0) return
  const refuse = (column: Column, message: string) =>
    findings.refuse(line.line, 'MISSING_VALUE', `${column}: ${message}`, column)
  const has = (names: readonly Column[]) => names.some((name) => cells[name] !== undefined)
  if (has(columnsOfGroup) && keyOf(line) === undefined) {
    if (cells.group === undefined) refuse('group', 'say which group, or give its group_id.')
    else refuse('teacher_telegram_id', 'say whose group it is, or give its group_id.')
  }
  if (cells.student_telegram_id === undefined && has([...columnsOfPerson, 'member_status'])) {
    refuse('student_telegram_id', 'say which student.')
  } else if (cells.member_status !== undefined && !has(columnsOfGroup)) {
    refuse('group', 'say in which group.')
  }
}

function isAboutGroup(cells: RosterLine['cells']): boolean {
  return columnsOfGroup.some((name) => cells[name] !== undefined)
}

/**
 * As for a group that is made otherwise: who is to teach it does teach. Administrators need not keep to the
 * profile.
 */
async function refuseTeachers(
  ctx: RequestContext,
  groups: readonly GroupLines[],
  findings: Findings,
): Promise<void> {
  const newGroups = groups.filter(({ known }) => !known)
  // Also of those that cannot be made: the name may be that of another teacher's group.
  const teacherOf = ({ lines }: GroupLines) => lines[0]?.cells.teacher_telegram_id ?? 0n
  const statusOf = await findTeacherStatuses(ctx, [...new Set(newGroups.map(teacherOf))])
  for (const group of newGroups) {
    const status = statusOf.get(teacherOf(group))
    const line = group.lines[0]?.line ?? 0
    if (status === 'ACTIVE') continue
    const [reason, message] =
      status === undefined
        ? (['TEACHER_NOT_FOUND', 'There is no such teacher.'] as const)
        : (['TEACHER_NOT_ACTIVE', 'This teacher does not teach at the moment.'] as const)
    findings.refuse(line, reason, message, 'teacher_telegram_id')
  }
}
