import { diff } from '@graphql-inspector/core'
import { composeServices } from '@theguild/federation-composition'
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { apiSchemaOf } from './api-schema.ts'
import { printProblem, problemOf } from './problem.ts'
import type { SubgraphSdl } from './subgraph-sdl.ts'

/**
 * Composes the subgraphs once more with The Guild's composer, which shares no code with Apollo's,
 * and says where the two disagree about what clients see. What both accept alike is what the
 * specification says, and not a mistake of one of them.
 *
 * @param api the API schema of Apollo's composition
 * @returns one sentence per disagreement; none when the two agree
 */
export async function compareComposers(
  subgraphs: SubgraphSdl[],
  api: GraphQLSchema,
): Promise<string[]> {
  const result = composeServices(subgraphs)
  if (result.errors) {
    return result.errors.map(
      (error) => `The Guild's composer refuses: ${printProblem(problemOf(error))}`,
    )
  }
  return compareApis(api, apiSchemaOf(result.supergraphDocumentNode))
}

/** Says how The Guild's API schema departs from Apollo's; the order of definitions does not count. */
export async function compareApis(apollo: GraphQLSchema, guild: GraphQLSchema): Promise<string[]> {
  if (printSorted(apollo) === printSorted(guild)) return []
  const changes = await diff(apollo, guild)
  return changes.length > 0
    ? changes.map(({ message }) => `From Apollo's API schema to The Guild's: ${message}`)
    : ["Apollo's and The Guild's API schemas print differently"]
}

function printSorted(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema))
}
