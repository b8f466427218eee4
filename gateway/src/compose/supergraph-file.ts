import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The composed supergraph, relative to the repository. */
export const supergraphPath = 'gateway/supergraph.graphql'

/** Says that the committed supergraph is not what the subgraphs compose to, if so. */
export function findStale(root: string, supergraph: string): string[] {
  const file = join(root, supergraphPath)
  if (!existsSync(file)) return [`${supergraphPath} is missing: run \`pnpm compose\` and commit it`]
  return readFileSync(file, 'utf8') === supergraph
    ? []
    : [`${supergraphPath} is stale: run \`pnpm compose\` and commit it`]
}
