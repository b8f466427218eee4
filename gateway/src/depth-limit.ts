import { GraphQLError, Kind, type SelectionSetNode, type ValidationRule } from 'graphql'

/**
 * Refuses operations that are nested too deeply: lists within lists multiply what a short query
 * costs. Introspection is nested by nature and reads nothing.
 */
export function depthLimit(maxDepth: number): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const visited = new Set<string>()
      const depthOf = (set: SelectionSetNode | undefined, depth: number): number => {
        if (!set) return depth
        if (depth > maxDepth) return depth
        return Math.max(
          ...set.selections.map((selection) => {
            if (selection.kind === Kind.INLINE_FRAGMENT)
              return depthOf(selection.selectionSet, depth)
            if (selection.kind === Kind.FIELD) {
              const isIntrospection = selection.name.value.startsWith('__')
              return isIntrospection ? depth : depthOf(selection.selectionSet, depth + 1)
            }
            const key = `${selection.name.value}@${depth}`
            if (visited.has(key)) return depth
            visited.add(key)
            return depthOf(context.getFragment(selection.name.value)?.selectionSet, depth)
          }),
        )
      }
      if (depthOf(operation.selectionSet, 0) > maxDepth) {
        context.reportError(
          new GraphQLError(`Operations may be nested ${maxDepth} levels deep.`, {
            nodes: operation.name ? [operation] : undefined,
            extensions: { code: 'BAD_USER_INPUT' },
          }),
        )
      }
    },
  })
}
