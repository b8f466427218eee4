import { transformSupergraphToPublicSchema } from '@theguild/federation-composition'
import { buildASTSchema, type DocumentNode, type GraphQLSchema, visit } from 'graphql'

/** What clients see of a supergraph that is there as a document only. */
export function apiSchemaOf(supergraph: DocumentNode): GraphQLSchema {
  const api = transformSupergraphToPublicSchema(supergraph)
  const names = new Set(
    api.definitions.flatMap((node) => ('name' in node && node.name ? [node.name.value] : [])),
  )
  // The transformation takes inaccessible types away, but leaves them in their unions.
  return buildASTSchema(
    visit(api, {
      UnionTypeDefinition: (union) => ({
        ...union,
        types: union.types?.filter(({ name }) => names.has(name.value)),
      }),
    }),
  )
}
