// pnpm compose: writes gateway/supergraph.graphql; with --check it only says whether it is stale.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { composeSupergraph } from './compose-supergraph.ts'
import { printProblem } from './problem.ts'
import { explainSyntaxError, loadSubgraphs } from './subgraph-sdl.ts'
import { findStale, supergraphPath } from './supergraph-file.ts'

const root = join(import.meta.dirname, '../../..')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

try {
  const { problems = [], supergraph } = composeSupergraph(loadSubgraphs())
  const stale = supergraph === undefined ? [] : findStale(root, supergraph)
  if (supergraph !== undefined && !values.check) {
    writeFileSync(join(root, supergraphPath), supergraph)
    console.log(`${supergraphPath} ${stale.length > 0 ? 'written' : 'unchanged'}`)
  } else {
    for (const line of [...problems.map(printProblem), ...stale]) console.error(line)
    process.exitCode = problems.length + stale.length > 0 ? 1 : 0
  }
} catch (error) {
  console.error(explainSyntaxError(error))
  process.exitCode = 1
}
