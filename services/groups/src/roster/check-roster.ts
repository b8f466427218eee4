import type { RequestContext } from '../context.ts'
import { type Column, groupColumns, personColumns } from './columns.ts'
import { findGroups, type GroupLines, keyOf } from './find-groups.ts'
import { findTeachers } from './find-teachers.ts'
import type { Findings } from './findings.ts'
import { gatherPeople, registerPeople, type Standing } from './people.ts'
import { type GroupPlan, planGroup } from './plan-group.ts'
import type { Roster, RosterLine } from './read-roster.ts'

/** A roster, and what an import would make of it. */
export interface CheckedRoster extends Roster {
  groups: CheckedGroup[]
  /** Lines that are about a person alone. */
  personLines: RosterLine[]
  standing: ReadonlyMap<bigint, Standing>
}

export interface CheckedGroup extends GroupLines {
  plan: GroupPlan | undefined
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
  const groups = await findGroups(ctx.db, lines, findings)
  const people = gatherPeople(lines, findings)
  const options = { isDryRun: true, onDone: () => {} }
  const standing = await registerPeople(ctx, people, findings, options)
  const planned = groups.map((group) => ({ ...group, plan: planGroup(group, standing, findings) }))
  await refuseTeachers(ctx, planned, findings)
  const personLines = lines.filter(({ cells }) => !isAboutGroup(cells))
  for (const { line, cells } of personLines) {
    const person = standing.get(cells.student_telegram_id ?? 0n)
    if (person && person.role !== 'STUDENT' && !person.isStudent) {
      const message = 'This person is no student but has another role at the school.'
      findings.refuse(line, 'NOT_A_STUDENT', message, 'student_telegram_id')
    }
  }
  return { lines, findings, groups: planned, personLines, standing }
}

/** A line that says something, but not of what or whom. */
function refuseIncomplete(line: RosterLine, findings: Findings): void {
  const { cells } = line
  // A cell that could not be read is missed for that reason.
  if (findings.of(line.line).length > 0) return
  const refuse = (column: Column, message: string) =>
    findings.refuse(line.line, 'MISSING_VALUE', `${column}: ${message}`, column)
  const has = (names: readonly Column[]) => names.some((name) => cells[name] !== undefined)
  if (has(groupColumns) && keyOf(line) === undefined) {
    if (cells.group === undefined) refuse('group', 'say which group, or give its group_id.')
    else refuse('teacher_telegram_id', 'say whose group it is, or give its group_id.')
  }
  if (cells.student_telegram_id === undefined && has([...personColumns, 'member_status'])) {
    refuse('student_telegram_id', 'say which student.')
  } else if (cells.member_status !== undefined && !has(groupColumns)) {
    refuse('group', 'say in which group.')
  }
}

function isAboutGroup(cells: RosterLine['cells']): boolean {
  return groupColumns.some((name) => cells[name] !== undefined)
}

/** As for a group that is made otherwise: who is to teach it does teach. Administrators need not keep to the profile. */
async function refuseTeachers(
  ctx: RequestContext,
  groups: readonly CheckedGroup[],
  findings: Findings,
): Promise<void> {
  const newGroups = groups.filter(({ known }) => !known)
  const ids = new Set(newGroups.flatMap(({ plan }) => plan?.group.teacherTelegramId ?? []))
  const statusOf = await findTeachers(ctx, [...ids])
  for (const { plan, lines } of newGroups) {
    const status = plan && statusOf.get(plan.group.teacherTelegramId)
    const line = lines[0]?.line ?? 0
    if (!plan || status === 'ACTIVE') continue
    const [reason, message] =
      status === undefined
        ? (['TEACHER_NOT_FOUND', 'There is no such teacher.'] as const)
        : (['TEACHER_NOT_ACTIVE', 'This teacher does not teach at the moment.'] as const)
    findings.refuse(line, reason, message, 'teacher_telegram_id')
  }
}
