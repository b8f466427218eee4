import type { RosterLineOutcome } from '../generated/graphql.ts'
import { type CheckedRoster, refusedLineOf } from './check-roster.ts'
import type { Refusal } from './findings.ts'
import type { Outcome } from './plan-group.ts'

/** What becomes of a line, or became of it. */
export interface ReportLine {
  line: number
  outcome: RosterLineOutcome
  /** The group, if it is there. */
  groupId: string | null
  studentTelegramId: bigint | null
  refusals: readonly Refusal[]
  /** The line for which this one is kept out, too. */
  skippedForLine: number | null
}

const weight = { UNCHANGED: 0, UPDATED: 1, CREATED: 2 } as const

/** One entry for each line of the file that says something, in order. */
export function reportRoster(checked: CheckedRoster): ReportLine[] {
  const { lines, findings, groups, standing } = checked
  const isRefused = (line: number) => findings.of(line).length > 0
  const ofGroup = new Map(
    groups.flatMap((group) => {
      const refused = refusedLineOf(group, findings) ?? null
      const stays = new Map(group.plan?.stays.map((stay) => [stay.line, stay.outcome]))
      const first = group.lines[0]?.line
      return group.lines.map(({ line }) => {
        const outcomes = [stays.get(line), line === first ? group.plan?.outcome : undefined]
        return [
          line,
          { refused, outcomes, groupId: group.groupId ?? group.known?.group.id },
        ] as const
      })
    }),
  )
  const entries = lines.map(({ line, cells }): ReportLine => {
    const { refused = null, outcomes = [], groupId = null } = ofGroup.get(line) ?? {}
    const person = standing.get(cells.student_telegram_id ?? 0n)?.outcome
    const entry = {
      line,
      groupId,
      studentTelegramId: cells.student_telegram_id ?? null,
      refusals: findings.of(line),
      skippedForLine: null,
    }
    if (isRefused(line)) return { ...entry, outcome: 'REFUSED' }
    if (refused !== null) return { ...entry, outcome: 'SKIPPED', skippedForLine: refused }
    return { ...entry, outcome: greatest(...outcomes, person) }
  })
  const told = new Set(lines.map(({ line }) => line))
  // What is wrong with the file as a whole belongs to no line that could be read.
  const ofFile = findings.lines().filter((line) => !told.has(line))
  return [...ofFile.map((line) => refusedFile(line, findings.of(line))), ...entries]
}

function refusedFile(line: number, refusals: readonly Refusal[]): ReportLine {
  const nothing = { groupId: null, studentTelegramId: null, skippedForLine: null }
  return { ...nothing, line, refusals, outcome: 'REFUSED' }
}

/** The greatest change among them. */
export function greatest(...outcomes: (Outcome | undefined)[]): Outcome {
  return outcomes.reduce<Outcome>(
    (most, one) => (one && weight[one] > weight[most] ? one : most),
    'UNCHANGED',
  )
}

/** How many lines had each outcome. */
export function countOutcomes(report: readonly ReportLine[]) {
  const count = (outcome: RosterLineOutcome) =>
    report.filter((entry) => entry.outcome === outcome).length
  return {
    created: count('CREATED'),
    updated: count('UPDATED'),
    unchanged: count('UNCHANGED'),
    refused: count('REFUSED'),
    skipped: count('SKIPPED'),
  }
}
