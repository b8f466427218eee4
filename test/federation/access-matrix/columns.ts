import { as, eveningEnglish } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import type { Rule } from './rows.ts'

const { people } = eveningEnglish

/** Who looks. `student` is Anna, whom most things are about, `own teacher` Tanya, who teaches her. */
const viewers = {
  anonymous: as.anonymous,
  student: as.student(people.anna),
  classmate: as.student(people.boris),
  'other student': as.student(people.outsider),
  'own teacher': as.teacher(people.tanya),
  'other teacher': as.teacher(people.sam),
  administrator: as.admin(people.admin),
  /** Made to measure: see `viewerOf`. */
  'program without': as.machine(),
  'program with': as.machine(),
  'service auth': as.service('auth'),
  'service notification': as.service('notification'),
} satisfies Record<string, Viewer>

export type Column = keyof typeof viewers
export const columns = Object.keys(viewers) as Column[]

/** Columns by relation, like `SELF`. */
export type Relations = Partial<Record<string, readonly Column[]>>

/**
 * The viewer of a column. Of the programs, one has every scope of the school but those that the field's
 * rule names, the other has only these and what it takes to get to the field.
 *
 * @param rules on the way to the field, its own last
 * @param allScopes every scope that any rule names
 */
export function viewerOf(column: Column, rules: Rule[], allScopes: string[]): Viewer {
  const own = rules.at(-1)?.scopes ?? []
  if (column === 'program with') {
    return as.machine(...new Set(rules.flatMap(({ scopes }) => scopes)))
  }
  if (column === 'program without') {
    return as.machine(...allScopes.filter((scope) => !own.includes(scope)))
  }
  return viewers[column]
}

/**
 * What a rule says of a column, worked out from its text.
 *
 * @param relations who stands in which relation to the row at hand
 */
export function judge(
  column: Column,
  { to, scopes }: Rule,
  relations: Relations,
): 'yes' | 'no' | 'sign in' {
  const viewer: Viewer = viewers[column]
  if (to.includes('ANYONE')) return 'yes'
  switch (viewer.kind) {
    case 'anonymous':
      return 'sign in'
    case 'service':
      return to.includes('SERVICE') ? 'yes' : 'no'
    case 'machine':
      return column === 'program with' && scopes.length > 0 ? 'yes' : 'no'
    case 'person':
      return to.some(
        (access) =>
          access === 'SIGNED_IN' || access === viewer.role || relations[access]?.includes(column),
      )
        ? 'yes'
        : 'no'
  }
}
