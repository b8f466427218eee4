import {
  type FieldNode,
  GraphQLError,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'

export interface OperationLimits {
  /** Levels of nesting. Each can be a round trip to a subgraph. */
  depth: number
  /** Fields that an answer may hold, estimated: lists within lists multiply. */
  fields: number
  /** Times that one field may be asked for at one place, under different names. */
  aliases: number
}

type Size = Pick<OperationLimits, 'depth' | 'fields'>

/** Selections that are looked at before an operation is given up as too large to measure. */
const mostVisited = 10_000
/** Items that a list without a page size is taken to have; also the default page. */
const usualItems = 20
/** Items that a page is taken to have when its size is a variable: the most that is allowed. */
const mostItems = 100

/**
 * Refuses operations that are nested too deeply or whose answer could get too large, before
 * anything runs. Introspection is not counted: it is nested by nature and reads no data.
 */
export function operationLimits(limits: OperationLimits): ValidationRule {
  return (context) => ({
    OperationDefinition(operation) {
      const root = context.getSchema().getRootType(operation.operation)
      if (!root) return
      const scope = { context, visited: 0, aliases: 0 }
      const size = measure(scope, operation.selectionSet, root.name, new Set(), new Map())
      const refuse = (message: string) =>
        context.reportError(new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } }))
      const { visited, aliases } = scope
      if (visited > mostVisited) refuse('The operation selects too much.')
      if (aliases > limits.aliases) {
        refuse(
          `One field is asked for ${aliases} times in one place; ${limits.aliases} are allowed.`,
        )
      }
      if (size.depth > limits.depth) {
        refuse(`The operation is nested ${size.depth} levels deep; ${limits.depth} are allowed.`)
      }
      if (size.fields > limits.fields) {
        const message = `The answer could have ${size.fields} fields; ${limits.fields} are allowed.`
        refuse(`${message} Ask for smaller pages, or for less at a time.`)
      }
    },
  })
}

interface Scope {
  context: ValidationContext
  visited: number
  /** Most names under which one field is asked for at one place. */
  aliases: number
}

/**
 * @param within names of the fragments around: a fragment within itself is another rule's business
 * @param names under which each field is asked for at this place, fragments included
 */
function measure(
  scope: Scope,
  set: SelectionSetNode,
  parent: string,
  within: ReadonlySet<string>,
  names: Map<string, Set<string>>,
): Size {
  const total = { depth: 0, fields: 0 }
  const add = ({ depth, fields }: Size) => {
    total.depth = Math.max(total.depth, depth)
    total.fields += fields
  }
  for (const selection of set.selections) {
    if (++scope.visited > mostVisited) break
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition?.name.value ?? parent
      add(measure(scope, selection.selectionSet, type, within, names))
    } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value
      const fragment = scope.context.getFragment(name)
      if (!fragment || within.has(name)) continue
      const type = fragment.typeCondition.name.value
      add(measure(scope, fragment.selectionSet, type, new Set([...within, name]), names))
    } else if (!selection.name.value.startsWith('__')) {
      const name = selection.name.value
      const aliases = names.get(name) ?? new Set()
      names.set(name, aliases.add(selection.alias?.value ?? name))
      scope.aliases = Math.max(scope.aliases, aliases.size)
      add(measureField(scope, selection, parent, within))
    }
  }
  return total
}

function measureField(
  scope: Scope,
  field: FieldNode,
  parent: string,
  within: ReadonlySet<string>,
): Size {
  const parentType = scope.context.getSchema().getType(parent)
  const definition =
    isObjectType(parentType) || isInterfaceType(parentType)
      ? parentType.getFields()[field.name.value]
      : undefined
  const type = definition && getNamedType(definition.type)
  if (!definition || !field.selectionSet || !isCompositeType(type)) return { depth: 1, fields: 1 }
  const inside = measure(scope, field.selectionSet, type.name, within, new Map())
  // The items of a connection were counted with the page around them.
  const isItems = isListType(getNullableType(definition.type)) && !parent.endsWith('Connection')
  const isPage = type.name.endsWith('Connection')
  const items = isPage || isItems ? itemsOf(field) : 1
  return { depth: inside.depth + 1, fields: 1 + items * inside.fields }
}

function itemsOf(field: FieldNode): number {
  const first = field.arguments?.find((argument) => argument.name.value === 'first')?.value
  if (first?.kind === Kind.VARIABLE) return mostItems
  // Below one is refused later; here it would make up for what is too much elsewhere.
  return first?.kind === Kind.INT ? Math.max(Number(first.value), 1) : usualItems
}
