import type { RosterRefusalReason } from '../generated/graphql.ts'
import type { Column } from './columns.ts'

/** Why a line does not go in. */
export interface Refusal {
  reason: RosterRefusalReason
  /** A sentence, without what the cell holds. */
  message: string
  /** The column at fault, if it is one. */
  column: Column | null
}

/** What is wrong with the lines of a file, by line. */
export interface Findings {
  refuse: (line: number, reason: RosterRefusalReason, message: string, column?: Column) => void
  /** Takes over what was found elsewhere. */
  take: (others: Findings) => void
  of: (line: number) => readonly Refusal[]
  /** The lines with something wrong, in order. */
  lines: () => number[]
}

export function createFindings(): Findings {
  const found = new Map<number, Refusal[]>()
  const add = (line: number, refusal: Refusal) => {
    const refusals = found.get(line) ?? []
    found.set(line, refusals)
    const { reason, column } = refusal
    if (!refusals.some((one) => one.reason === reason && one.column === column)) {
      refusals.push(refusal)
    }
  }
  return {
    refuse: (line, reason, message, column) =>
      add(line, { reason, message, column: column ?? null }),
    take(others) {
      for (const line of others.lines()) for (const refusal of others.of(line)) add(line, refusal)
    },
    of: (line) => found.get(line) ?? [],
    lines: () => [...found.keys()].sort((one, other) => one - other),
  }
}
