import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DocumentNode, parse, Source } from 'graphql'

const common = join(import.meta.dirname, 'common.graphql')

/**
 * The SDL of one subgraph: what all share, then every `*.graphql` below the folder, by name.
 *
 * @param directory the subgraph's source folder
 */
export function loadTypeDefs(directory: string): DocumentNode {
  const files = globSync('**/*.graphql', { cwd: directory }).sort()
  const definitions = [common, ...files.map((file) => join(directory, file))].flatMap(
    (file) => parse(new Source(readFileSync(file, 'utf8'), file)).definitions,
  )
  return { kind: 'Document', definitions } as DocumentNode
}
