import { composeServices } from '@apollo/composition'
import { buildASTSchema, type GraphQLSchema } from 'graphql'
import { type Problem, problemOf } from './problem.ts'
import type { SubgraphSdl } from './subgraph-sdl.ts'

export type Composition =
  | { problems: Problem[]; supergraph?: undefined }
  | {
      problems?: undefined
      /** What the gateway runs on. */
      supergraph: string
      /** What clients see: the supergraph without its machinery and without `@inaccessible` parts. */
      api: GraphQLSchema
    }

const notice = '# Written by `pnpm compose` out of services/*/src/**/*.graphql: change those.\n'

/**
 * Composes the subgraphs with Apollo's composer. The same subgraphs give the same text, in whatever
 * order they come.
 *
 * Hints of level WARN count as errors: they say that one subgraph's word is dropped in favour of
 * another's (a description, a default, an input field), which no reader of the SDL would guess.
 */
export function composeSupergraph(subgraphs: SubgraphSdl[]): Composition {
  const result = composeServices(subgraphs)
  if (result.errors) {
    return { problems: result.errors.map((error) => problemOf(error)) }
  }
  const warnings = result.hints.filter((hint) => hint.definition.level.name === 'WARN')
  if (warnings.length > 0) {
    return {
      problems: warnings.map(({ definition, message, nodes }) =>
        problemOf({ message, nodes, extensions: { code: definition.code } }),
      ),
    }
  }
  return {
    supergraph: `${notice}\n${result.supergraphSdl.trim()}\n`,
    api: buildASTSchema(result.schema.toAPISchema().toAST()),
  }
}
