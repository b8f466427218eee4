import { createSubgraphSchema, loadTypeDefs } from '@classgram/graphql'
import { readSubgraphs } from '@classgram/server/subgraphs'
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getDirectiveValues,
  isObjectType,
} from 'graphql'

/** An `@allow` as it stands in the SDL. */
export interface Rule {
  to: string[]
  scopes: string[]
}

/** A field, and the rule that holds for it if there is one: its own or its type's. */
export interface Ruled {
  type: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  rule: Rule | undefined
}

/** A row of the matrix: a field behind a rule. */
export interface Row extends Ruled {
  subgraph: string
  /** `groups Group.members` */
  name: string
  rule: Rule
}

export interface Subgraph {
  name: string
  schema: GraphQLSchema
  rows: Row[]
}

/**
 * Reads the SDL of all subgraphs.
 *
 * @throws Error naming a field of a root or an entity that has no rule
 */
export function readMatrix(): Subgraph[] {
  return readSubgraphs().map(({ name, directory }) => readSubgraph(name, loadTypeDefs(directory)))
}

/** @throws as `readMatrix` */
export function readSubgraph(name: string, typeDefs: DocumentNode): Subgraph {
  const schema = createSubgraphSchema(typeDefs, {}, everyRelation)
  const rows = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('_'))
    .flatMap((type) => ruledFields(schema, type as GraphQLObjectType))
    .flatMap(({ type, field, rule }) =>
      rule
        ? [{ type, field, rule, subgraph: name, name: `${name} ${type.name}.${field.name}` }]
        : [],
    )
  return { name, schema, rows }
}

/** @throws Error when the type has no such field */
export function ruledField(schema: GraphQLSchema, type: GraphQLObjectType, name: string): Ruled {
  const found = ruledFields(schema, type).find(({ field }) => field.name === name)
  if (!found) throw new Error(`${type.name} has no field ${name}`)
  return found
}

/** Whether it can be asked for by a key. */
export function isEntity(type: GraphQLObjectType, schema: GraphQLSchema): boolean {
  return directivesOf(type)
    .filter((directive) => directive.name.value === 'key')
    .some((directive) => valuesOf(schema, 'key', [directive])?.resolvable !== false)
}

function ruledFields(schema: GraphQLSchema, type: GraphQLObjectType): Ruled[] {
  const ofType = ruleOf(schema, directivesOf(type))
  return Object.values(type.getFields())
    .filter((field) => !field.name.startsWith('_'))
    .map((field) => ({
      type,
      field,
      rule: ruleOf(schema, field.astNode?.directives ?? []) ?? ofType,
    }))
}

function ruleOf(schema: GraphQLSchema, on: readonly ConstDirectiveNode[]): Rule | undefined {
  const values = valuesOf(schema, 'allow', on)
  return values && { to: values.to as string[], scopes: (values.scopes ?? []) as string[] }
}

function valuesOf(schema: GraphQLSchema, name: string, directives: readonly ConstDirectiveNode[]) {
  const directive = schema.getDirective(name)
  if (!directive) throw new Error(`the schema does not know @${name}`)
  return getDirectiveValues(directive, { directives })
}

function directivesOf(type: GraphQLObjectType): ConstDirectiveNode[] {
  return [type.astNode, ...type.extensionASTNodes].flatMap((node) => node?.directives ?? [])
}

/** Only has to be there: this schema is read, and answers nobody. The services bring their own. */
const everyRelation = new Proxy(
  {},
  { get: () => ({ SELF: refuse, OWN_TEACHER: refuse, PARTICIPANT: refuse }) },
)

function refuse(): false {
  return false
}
