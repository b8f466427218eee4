import { relative } from 'node:path'
import { type ASTNode, type GraphQLErrorExtensions, getLocation } from 'graphql'

/** Why the subgraphs do not fit together. */
export interface Problem {
  code: string
  message: string
  /** Subgraph, file and line of what has to do with it, as far as the composer tells. */
  places: string[]
}

/** A composer's error or hint, without the composer's types. */
export function problemOf(error: {
  message: string
  nodes?: readonly ASTNode[] | undefined
  extensions: GraphQLErrorExtensions
}): Problem {
  return {
    code: String(error.extensions.code ?? 'COMPOSITION_ERROR'),
    message: error.message,
    places: [...new Set((error.nodes ?? []).map(placeOf))].filter((place) => place !== ''),
  }
}

/** `CODE: message`, then the places, one line each. */
export function printProblem({ code, message, places }: Problem): string {
  return [`${code}: ${message}`, ...places.map((place) => `  in ${place}`)].join('\n')
}

function placeOf({ loc, subgraph }: ASTNode & { subgraph?: string }): string {
  const file =
    loc && `${relative(process.cwd(), loc.source.name)}:${getLocation(loc.source, loc.start).line}`
  return [subgraph, file].filter((part) => part !== undefined).join(', ')
}
