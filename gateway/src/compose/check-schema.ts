import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judgeBreaks } from './accepted-breaks.ts'
import { readBase } from './base-revision.ts'
import { findBreakingChanges } from './breaking-changes.ts'
import { compareComposers } from './compare-composers.ts'
import { composeSupergraph } from './compose-supergraph.ts'
import { printProblem } from './problem.ts'
import { validateOperations } from './stored-operations.ts'
import type { SubgraphSdl } from './subgraph-sdl.ts'
import { findStale, supergraphPath } from './supergraph-file.ts'

const acceptedPath = 'gateway/accepted-breaks.txt'
const operationsPath = 'clients/operations/*.graphql'

/** What the check has to say; the change may go in when there are no failures. */
export interface Report {
  /** What was looked at, one line each. */
  checked: string[]
  warnings: string[]
  failures: string[]
}

/**
 * Checks that the subgraphs fit together, that the committed supergraph is theirs, and that neither
 * clients nor stored operations break.
 *
 * @param root the repository
 * @param base revision to compare with, see `readBase`
 */
export async function checkSchema(
  root: string,
  subgraphs: SubgraphSdl[],
  base?: string,
): Promise<Report> {
  const report: Report = { checked: [], warnings: [], failures: [] }
  const composition = composeSupergraph(subgraphs)
  if (composition.problems) {
    report.failures.push(...composition.problems.map(printProblem))
    return report
  }
  const { supergraph, api } = composition
  report.failures.push(...(await compareComposers(subgraphs, api)), ...findStale(root, supergraph))
  report.checked.push(`${subgraphs.length} subgraphs, composed by two composers`)

  await checkBreaks(report, root, supergraph, base)

  const files = globSync(operationsPath, { cwd: root }).sort()
  report.failures.push(
    ...validateOperations(
      api,
      files.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
    ),
  )
  report.checked.push(`${files.length} files of stored operations`)
  return report
}

async function checkBreaks(
  report: Report,
  root: string,
  supergraph: string,
  wanted?: string,
): Promise<void> {
  const base = readBase(root, supergraphPath, wanted)
  if ('unknown' in base) {
    report.failures.push(`the base ${base.unknown} is not a commit here`)
    return
  }
  if ('missing' in base) {
    report.checked.push(`changes for clients: nothing to compare with, ${base.missing}`)
    return
  }
  const { breaks, dangers } = await findBreakingChanges(base.text, supergraph)
  const file = join(root, acceptedPath)
  const { accepted, refused, stale } = judgeBreaks(
    breaks,
    existsSync(file) ? readFileSync(file, 'utf8') : '',
  )
  report.failures.push(...refused)
  report.warnings.push(
    ...dangers,
    ...accepted.map((line) => `accepted: ${line}`),
    ...stale.map((line) => `${acceptedPath} accepts what does not happen: ${line}`),
  )
  report.checked.push(
    `changes since ${base.revision}: ${refused.length} break clients, ${accepted.length} accepted, ${dangers.length} dangerous`,
  )
}
