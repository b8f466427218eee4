import type { TestSchool } from '@classgram/test/kit'
import type { Viewer } from '@classgram/viewer'
import { isNonNullType } from 'graphql'
import { operationFor, outcomesOf } from './ask.ts'
import { type Column, columns, viewerOf } from './columns.ts'
import { type Cell, cellOf } from './expect.ts'
import type { Rule, Subgraph } from './rows.ts'
import type { TableRow } from './table.ts'
import { type Way, wayTo } from './ways.ts'

/** A part of the matrix, and what is wrong with it: fields, viewers and rules by name. */
export interface Filled {
  rows: TableRow[]
  problems: string[]
}

/**
 * Asks one subgraph for each of its fields in the name of everybody, and puts what comes of it into
 * cells.
 *
 * @param given arguments by field
 */
export async function fillIn(
  school: TestSchool,
  matrix: Subgraph[],
  subgraph: Subgraph,
  given: Record<string, object>,
): Promise<Filled> {
  const problems: string[] = []
  const attempt = <Value>(act: () => Value): Value | undefined => {
    try {
      return act()
    } catch (error) {
      problems.push((error as Error).message)
      return undefined
    }
  }
  const allScopes = new Set(matrix.flatMap(({ rows }) => rows.flatMap(({ rule }) => rule.scopes)))
  const ways = subgraph.rows.flatMap((row) => attempt(() => wayTo(row, subgraph, given)) ?? [])
  const cells = new Map(ways.map((way) => [way, new Map<Column, Cell>()]))
  const done = new Set<Way>()

  for (const column of columns) {
    for (const { viewer, together } of requestsOf(column, ways, [...allScopes])) {
      const { query, variables } = operationFor(together)
      const answer = await school.ask(subgraph.name, viewer, query, variables)
      const outcomes = attempt(() => outcomesOf(together, answer))
      for (const [index, outcome] of (outcomes ?? []).entries()) {
        const way = together[index] as Way
        if (outcome.isDone) done.add(way)
        const cell = attempt(() => cellOf(column, way, outcome))
        if (cell) cells.get(way)?.set(column, cell)
      }
    }
  }
  const inVain = ways.filter((way) => !done.has(way)).map(({ row }) => row.name)
  if (inVain.length > 0) {
    problems.push(`nobody gets anywhere with ${inVain.join(', ')}: mend the example`)
  }
  return { problems, rows: [...cells].map(([{ row }, ofRow]) => ({ row, cells: ofRow })) }
}

interface Request {
  viewer: Viewer
  together: Way[]
}

/**
 * Fields that a column can ask for at once: by the same viewer, and so that no refusal takes another's
 * answer away, as that of a root field that cannot be null does.
 */
function requestsOf(column: Column, ways: Way[], allScopes: string[]): Request[] {
  const requests = new Map<string, Request>()
  for (const way of ways) {
    const rules = way.steps.flatMap(({ rule }): Rule[] => (rule ? [rule] : []))
    const viewer = viewerOf(column, rules, allScopes)
    const isAlone =
      way.root === 'mutation' || (!way.entity && isNonNullType(way.steps[0]?.field.type))
    const scopes = viewer.kind === 'machine' ? viewer.scopes.join(' ') : ''
    const key = isAlone ? way.row.name : `together ${scopes}`
    const request = requests.get(key)
    if (request) request.together.push(way)
    else requests.set(key, { viewer, together: [way] })
  }
  return [...requests.values()]
}
