import { loadTypeDefs } from '@classgram/graphql'
import { readSubgraphs } from '@classgram/server/subgraphs'
import { type ASTNode, Kind, visit } from 'graphql'
import { expect, test } from 'vitest'

const documented = new Set<string>([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
])
/** Types whose meaning is GraphQL's own, and stubs of entities that another subgraph describes. */
const needsNone = (node: ASTNode) =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION &&
  (['Query', 'Mutation'].includes(node.name.value) ||
    node.directives?.some((directive) => directive.name.value === 'key'))

test.each(readSubgraphs())(
  'every type, field and argument of $name is described',
  ({ directory }) => {
    const bare: string[] = []
    visit(loadTypeDefs(directory), {
      DirectiveDefinition: () => false,
      enter(node) {
        if (!documented.has(node.kind) || needsNone(node)) return
        if (!('description' in node && node.description) && 'name' in node) {
          bare.push(`${node.loc?.source.name}: ${node.name?.value}`)
        }
      },
    })
    expect(bare).toEqual([])
  },
)

test.each(readSubgraphs())(
  '$name keeps the shapes of mutations: one input, and a payload',
  ({ directory }) => {
    const odd: string[] = []
    visit(loadTypeDefs(directory), {
      enter(node) {
        const isMutation =
          (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION) &&
          node.name.value === 'Mutation'
        for (const { name, arguments: args } of isMutation ? (node.fields ?? []) : []) {
          const takesInput = args?.length === 1 && args[0]?.name.value === 'input'
          // Its shape is older than the rule, and scripts rely on it.
          if (!takesInput && name.value !== 'devSignIn') odd.push(name.value)
        }
      },
    })
    expect(odd).toEqual([])
  },
)
