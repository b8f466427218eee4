import { parse, printSchema } from 'graphql'
import { expect, test } from 'vitest'
import { composeSupergraph } from './compose-supergraph.ts'
import { composed, school } from './fixture.ts'
import { printProblem } from './problem.ts'

/** What is printed when the subgraphs do not compose. */
function problemsOf(...edits: [string, string][]): string[] {
  return (composeSupergraph(school(...edits)).problems ?? []).map(printProblem)
}

test('the supergraph names each subgraph and its address', () => {
  const { supergraph } = composed(school())
  expect(supergraph).toContain(
    'GROUPS @join__graph(name: "groups", url: "http://localhost:4002/graphql")',
  )
  expect(parse(supergraph).kind).toBe('Document')
  expect(supergraph.endsWith('}\n')).toBe(true)
})

test('the order of the subgraphs makes no difference', () => {
  expect(composed(school().reverse()).supergraph).toBe(composed(school()).supergraph)
})

test('clients do not see what is inaccessible', () => {
  const { supergraph, api } = composed(school())
  expect(supergraph).toContain('internalNote')
  expect(printSchema(api)).not.toContain('internalNote')
  expect(printSchema(api)).not.toContain('join__')
})

test('an error tells its code, the subgraphs, the files and the lines', () => {
  const [clash] = problemsOf(['goals: String', 'goals: String groups: Int'])
  expect(clash).toMatch(/^[A-Z_]+: .*Student\.groups/s)
  expect(clash).toMatch(/in students, students\.graphql:\d+/)
  expect(clash).toMatch(/in groups, groups\.graphql:\d+/)
})

test('a field that no path of the graph reaches is an error', () => {
  expect(
    problemsOf([
      'type Student @key(fields: "telegramId") {\n    telegramId: ID!\n    groups',
      'type Student @key(fields: "telegramId", resolvable: false) {\n    telegramId: ID!\n    groups',
    ]).join(),
  ).toContain('SATISFIABILITY_ERROR')
})

test('a description of which one wording would be dropped is an error', () => {
  const [problem] = problemsOf([
    'type Student @key(fields: "telegramId") {\n    telegramId: ID!\n    groups',
    '"A member."\n type Student @key(fields: "telegramId") {\n    telegramId: ID!\n    groups',
  ])
  expect(problem).toContain('INCONSISTENT_DESCRIPTION')
  expect(problem).toContain('in groups, groups.graphql')
})
