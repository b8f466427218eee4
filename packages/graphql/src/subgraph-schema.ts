import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph'
import type { Viewer } from '@classgram/viewer'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { enforceAllow, type Relations } from './allow.ts'
import { parseRepresentations } from './representations.ts'
import { scalars } from './scalars.ts'

/**
 * The executable schema of one subgraph, with every `@allow` rule enforced.
 *
 * @param relations how to judge the relations that the SDL's rules name
 * @throws Error when a field has no rule
 */
export function createSubgraphSchema<Context extends { viewer: Viewer }>(
  typeDefs: DocumentNode,
  resolvers: object,
  relations: Relations<Context>,
): GraphQLSchema {
  const all = { ...scalars, ...resolvers } as GraphQLResolverMap<unknown>
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: all }])
  enforceAllow(schema, relations)
  parseRepresentations(schema)
  return schema
}
