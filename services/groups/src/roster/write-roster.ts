import type { RequestContext } from '../context.ts'
import { portionsOf } from '../portions-of.ts'
import { type CheckedGroup, type CheckedRoster, refusedLineOf, wholeOf } from './check-roster.ts'
import { type Person, refuseOthers, registerPeople, type Standing } from './people.ts'
import { isDone } from './plan-group.ts'
import { greatest } from './report.ts'
import { isLate } from './time-left.ts'
import { writeGroup } from './write-group.ts'

/** How far an import is, in people and groups done. */
export type OnProgress = (progress: { done: number; total: number }) => void

/** As many groups as follow upon one look at their people. A request has no more. */
export const portionSize = 100

/** What is carried out together: people first. */
interface Portion {
  people: Person[]
  groups: CheckedGroup[]
}

/**
 * Carries out what a check found possible: every group that is whole, and no other. Portion by portion
 * people come first, as sisters keep them, and are judged as they are by then; then each group by itself, in
 * the order of the file, in which new groups are listed from then on.
 * Groups that nobody waits for any more are not begun. It may end anywhere: repeating the import does the
 * rest.
 *
 * @returns the roster as it was carried out, with what was refused on the way
 * @throws SERVICE_UNAVAILABLE when auth or students does not answer; of the first portion no group has been
 * touched by then
 */
export async function writeRoster(
  ctx: RequestContext,
  checked: CheckedRoster,
  onProgress: OnProgress = () => {},
): Promise<CheckedRoster> {
  const { findings } = checked
  const portions = divide(checked)
  const count = (portion: Portion) => portion.people.length + portion.groups.length
  const total = portions.reduce((sum, portion) => sum + count(portion), 0)
  let done = 0
  const onDone = (more: number) => {
    done += more
    onProgress({ done, total })
  }
  const registered = new Map<bigint, Standing>()
  const written = new Map<CheckedGroup, CheckedGroup>()
  for (const { people, groups } of portions) {
    const now = await registerPeople(ctx, people, findings, { isDryRun: false, onDone })
    for (const [telegramId, one] of now) {
      // A portion before may have changed them.
      const outcome = greatest(one.outcome, registered.get(telegramId)?.outcome)
      registered.set(telegramId, { ...one, outcome })
    }
    for (const group of groups) {
      if (isLate(ctx)) refuseLate(group, checked)
      // Somebody in it may have been refused only now.
      if (refusedLineOf(group, findings) === undefined) {
        const result = await writeGroup(ctx, group, registered)
        findings.take(result.findings)
        written.set(group, { ...group, ...result.done })
      }
      onDone(1)
    }
  }
  const standing = new Map([...checked.standing, ...registered])
  refuseOthers(checked.personLines, standing, findings)
  return {
    ...checked,
    groups: checked.groups.map((group) => written.get(group) ?? group),
    standing,
  }
}

/**
 * Puts together what there is to do. What is as the file says already is left alone: so what was broken off
 * is soon caught up with. Of a group that is written everybody is asked about, since they may be shut out,
 * or erased, since the check. What comes of that is told of the portion's own lines, since groups of another
 * may be written by then; of lines in no such group with the first portion that has the person.
 */
function divide(checked: CheckedRoster): Portion[] {
  const groups = wholeOf(checked).groups.filter(({ plan }) => plan && !isDone(plan))
  const isChanged = ({ telegramId }: Person) =>
    checked.standing.get(telegramId)?.outcome !== 'UNCHANGED'
  const inGroups = idsIn(groups)
  const others = checked.people.filter((one) => !inGroups.has(one.telegramId) && isChanged(one))
  const rest = new Set(checked.people.flatMap(({ lines }) => lines))
  for (const line of linesOf(groups)) rest.delete(line)
  const portions = [...portionsOf(groups, portionSize)].map((portion) => {
    const ids = idsIn(portion)
    const own = new Set(linesOf(portion))
    const people = checked.people
      .filter(({ telegramId }) => ids.has(telegramId))
      .map((one) => ({
        ...one,
        lines: one.lines.filter((line) => own.has(line) || rest.has(line)),
      }))
    for (const line of people.flatMap(({ lines }) => lines)) rest.delete(line)
    return { people, groups: portion }
  })
  return [{ people: others, groups: [] }, ...portions]
}

function idsIn(groups: readonly CheckedGroup[]): Set<bigint> {
  const lines = groups.flatMap((group) => group.lines)
  return new Set(lines.flatMap(({ cells }) => cells.student_telegram_id ?? []))
}

function linesOf(groups: readonly CheckedGroup[]): number[] {
  return groups.flatMap(({ lines }) => lines.map(({ line }) => line))
}

function refuseLate({ lines }: CheckedGroup, { findings }: CheckedRoster): void {
  const message = 'The time for the answer was up before this group: send the file again.'
  for (const { line } of lines) findings.refuse(line, 'OUT_OF_TIME', message)
}
