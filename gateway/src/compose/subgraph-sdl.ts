import { loadTypeDefs } from '@classgram/graphql'
import { readSubgraphs, subgraphUrl } from '@classgram/server/subgraphs'
import { type DocumentNode, GraphQLError } from 'graphql'

/** What a composer needs to know of a subgraph. */
export interface SubgraphSdl {
  name: string
  /** Written into the supergraph; the gateway may be told another address when it starts. */
  url: string
  typeDefs: DocumentNode
}

/**
 * The SDL of every subgraph of `gateway/supergraph.yaml`.
 *
 * @throws GraphQLError naming file and line, when a file cannot be parsed
 */
export function loadSubgraphs(): SubgraphSdl[] {
  return readSubgraphs().map((subgraph) => ({
    name: subgraph.name,
    url: subgraphUrl('http://localhost:{port}/graphql', 4000, subgraph),
    typeDefs: loadTypeDefs(subgraph.directory),
  }))
}

/**
 * The message of a syntax error with file, line and source.
 *
 * @throws any other error, as it is
 */
export function explainSyntaxError(error: unknown): string {
  if (error instanceof GraphQLError) return String(error)
  throw error
}
