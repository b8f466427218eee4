import type { Outcome } from './ask.ts'
import { type Column, judge } from './columns.ts'
import type { Way } from './ways.ts'

/** What stands in a cell: `↑` when it was decided above, `not theirs` when the rule would let in. */
export type Cell = Outcome['is'] | 'no ↑' | 'sign in ↑' | 'not theirs'

/** What the rules on the way to a field let a column expect. */
function expected(column: Column, { entity, steps }: Way): Outcome['is'] {
  if (entity?.existsFor && !entity.existsFor.includes(column)) return 'not there'
  const verdicts = steps.map(({ rule, relations }) =>
    rule ? judge(column, rule, relations) : 'yes',
  )
  return verdicts.find((verdict) => verdict !== 'yes') ?? 'yes'
}

/**
 * The cell for an outcome.
 *
 * Fields of objects do exactly what the rules say. A root field lets in nobody whom its rule refuses;
 * whom it admits may still be refused, because what is asked for is not theirs.
 *
 * @throws Error when it is not as the rules have it
 */
export function cellOf(column: Column, way: Way, { is, isAbove }: Outcome): Cell {
  const due = expected(column, way)
  const isRootField = way.steps.length === 1 && !way.entity
  if (isRootField && due === 'yes' && is === 'no') return 'not theirs'
  if (is !== due) {
    const { rule, name } = way.row
    throw new Error(`${name}: ${is} for ${column}, but by ${textOf(rule)} it is ${due}`)
  }
  return isAbove && (is === 'no' || is === 'sign in') ? `${is} ↑` : is
}

/** A rule as text: `SELF, ADMIN, students:read`. */
export function textOf({ to, scopes }: Way['row']['rule']): string {
  return [...to, ...scopes].join(', ')
}
