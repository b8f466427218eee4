import { type ASTNode, type ConstDirectiveNode, type DocumentNode, Kind, visit } from 'graphql'

/**
 * The same SDL without the definitions and fields that are tagged `development`, so that in
 * production they do not exist at all. Works on a subgraph's SDL and on a supergraph's alike.
 */
export function withoutDevelopment(document: DocumentNode): DocumentNode {
  const removeTagged = (node: ASTNode) =>
    'directives' in node &&
    (node.directives as ConstDirectiveNode[] | undefined)?.some(isDevelopment)
      ? null
      : undefined
  return visit(document, {
    ObjectTypeDefinition: removeTagged,
    InputObjectTypeDefinition: removeTagged,
    EnumTypeDefinition: removeTagged,
    FieldDefinition: removeTagged,
  })
}

function isDevelopment({ name, arguments: args }: ConstDirectiveNode): boolean {
  const value = args?.[0]?.value
  return name.value === 'tag' && value?.kind === Kind.STRING && value.value === 'development'
}
