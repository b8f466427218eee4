import type { RequestContext } from '../context.ts'
import type { CheckedGroup, CheckedRoster } from './check-roster.ts'
import { gatherPeople, registerPeople } from './people.ts'
import { isDone } from './plan-group.ts'
import type { RosterLine } from './read-roster.ts'
import { writeGroup } from './write-group.ts'

/** How far an import is, in people and groups done. */
export type OnProgress = (progress: { done: number; total: number }) => void

/**
 * Carries out what a check found possible: every group that is whole, and no other. People come first, as
 * sisters keep them; then each group by itself. It may end anywhere: repeating the import does the rest.
 *
 * @returns the roster as it was carried out, with what was refused on the way
 * @throws SERVICE_UNAVAILABLE when auth or students does not answer; no group has been touched by then
 */
export async function writeRoster(
  ctx: RequestContext,
  checked: CheckedRoster,
  onProgress: OnProgress = () => {},
): Promise<CheckedRoster> {
  const { findings } = checked
  const isWhole = (lines: readonly RosterLine[]) =>
    lines.every(({ line }) => findings.of(line).length === 0)
  const whole = checked.groups.filter(({ lines }) => isWhole(lines))
  const alone = checked.personLines.filter((line) => isWhole([line]))
  const told = gatherPeople([...whole.flatMap(({ lines }) => lines), ...alone], findings)
  // What is as the file says already is left alone: so what was broken off is soon caught up with.
  const people = told.filter(
    ({ telegramId }) => checked.standing.get(telegramId)?.outcome !== 'UNCHANGED',
  )
  const groups = whole.filter(({ plan }) => plan && !isDone(plan))
  const total = people.length + groups.length
  let done = 0
  const onDone = (count: number) => {
    done += count
    onProgress({ done, total })
  }
  const options = { isDryRun: false, onDone }
  const registered = await registerPeople(ctx, people, findings, options)
  const standing = new Map([...checked.standing, ...registered])
  const written = new Map<CheckedGroup, CheckedGroup>()
  for (const group of groups) {
    // Somebody in it may have been refused only now.
    if (isWhole(group.lines)) {
      const result = await writeGroup(ctx, group, standing)
      findings.take(result.findings)
      written.set(group, { ...group, ...result.done })
    }
    onDone(1)
  }
  return {
    ...checked,
    groups: checked.groups.map((group) => written.get(group) ?? group),
    standing,
  }
}
