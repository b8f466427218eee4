import type { Cells, Column } from './columns.ts'
import type { Findings } from './findings.ts'
import type { RosterLine } from './read-roster.ts'

/** What several lines say of one thing. */
export interface Merged<Name extends Column> {
  values: Pick<Cells, Name>
  /** The line that said it first, by column. */
  lineOf: Partial<Record<Name, number>>
}

/**
 * Puts together what lines say of the same group or person. A cell that is empty says nothing; one that
 * says something else than an earlier line is refused.
 */
export function mergeCells<Name extends Column>(
  lines: readonly RosterLine[],
  names: readonly Name[],
  findings: Findings,
): Merged<Name> {
  const values: Partial<Record<Name, unknown>> = {}
  const lineOf: Partial<Record<Name, number>> = {}
  for (const { line, cells } of lines) {
    for (const name of names) {
      const value = cells[name]
      if (value === undefined) continue
      const earlier = lineOf[name]
      if (earlier === undefined) {
        values[name] = value
        lineOf[name] = line
      } else if (!isSame(values[name], value)) {
        findings.refuse(
          line,
          'CONTRADICTION',
          `${name}: line ${earlier} says something else.`,
          name,
        )
      }
    }
  }
  return { values: values as Pick<Cells, Name>, lineOf }
}

/** Of two values of a column. */
export function isSame(one: unknown, other: unknown): boolean {
  return one instanceof Date && other instanceof Date
    ? one.getTime() === other.getTime()
    : one === other
}
