import { type ConstDirectiveNode, Kind, parse, print, type SelectionSetNode } from 'graphql'

/**
 * Entity keys by which a subgraph can be asked in `base` but not any more in `head`, one line each.
 *
 * @param base text of a composed supergraph
 * @param head text of the supergraph that is to follow it
 */
export function findBrokenKeys(base: string, head: string): string[] {
  const next = readKeys(head)
  return [...readKeys(base)].flatMap(([type, keys]) => {
    const kept = next.get(type)
    // A removed type is a break of its own.
    if (!kept) return []
    return [...keys]
      .filter((key) => !kept.has(key))
      .map(
        (key) =>
          `ENTITY_KEY_REMOVED ${type}: ${key} is gone; gateways that still run the old supergraph ask by it`,
      )
  })
}

/** Per type, the keys that a subgraph resolves: `@key(fields: "id") in groups`. */
function readKeys(supergraph: string): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>()
  for (const definition of parse(supergraph).definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue
    }
    const found = (definition.directives ?? [])
      .filter(({ name }) => name.value === 'join__type')
      .map(readArguments)
      .filter(({ key, resolvable }) => key !== undefined && resolvable !== 'false')
      .map(({ key, graph }) => `@key(fields: "${sortFields(key)}") in ${graph?.toLowerCase()}`)
    keys.set(definition.name.value, new Set(found))
  }
  return keys
}

function readArguments(directive: ConstDirectiveNode): Record<string, string> {
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [
      name.value,
      value.kind === Kind.STRING ? value.value : print(value),
    ]),
  )
}

/** `b a { d c }` and `a { c d } b` are the same key. */
function sortFields(key = ''): string {
  const write = (set: SelectionSetNode): string =>
    set.selections
      .flatMap((field) => (field.kind === Kind.FIELD ? [field] : []))
      .map(({ name, selectionSet }) =>
        selectionSet ? `${name.value} { ${write(selectionSet)} }` : name.value,
      )
      .sort()
      .join(' ')
  const [operation] = parse(`{ ${key} }`).definitions
  return operation?.kind === Kind.OPERATION_DEFINITION ? write(operation.selectionSet) : key
}
