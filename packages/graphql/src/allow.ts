import { forbidden, unauthenticated } from '@classgram/errors'
import type { Role, Viewer } from '@classgram/viewer'
import {
  type ConstDirectiveNode,
  type ConstValueNode,
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  Kind,
} from 'graphql'

/** Relations that only the service that owns the row can judge. */
type Relation = 'SELF' | 'OWN_TEACHER' | 'PARTICIPANT'
type Access = 'ANYONE' | 'SIGNED_IN' | 'SERVICE' | Role | Relation

/** Who may: whoever fits one entry, and programs with one of the scopes. */
interface Rule {
  to: Access[]
  scopes: string[]
}

interface ViewerContext {
  viewer: Viewer
}

/** Judges whether the viewer stands in the relation to the row; asked only for signed-in people. */
// biome-ignore lint/suspicious/noExplicitAny: the row's type is known to the service alone
type Judge<Context> = (row: any, context: Context) => boolean | Promise<boolean>

/** For each type whose rules name a relation: how to judge it. */
export type Relations<Context> = Record<string, Partial<Record<Relation, Judge<Context>>>>

const relations: ReadonlySet<string> = new Set<Relation>(['SELF', 'OWN_TEACHER', 'PARTICIPANT'])

/**
 * Enforces `@allow` in place: every field of a root type or an entity gets a guard before its
 * resolver. A field's own rule replaces its type's; a field without any rule is a programming
 * error and keeps the subgraph from starting, so that nothing is open by accident.
 *
 * @throws Error naming the field that has no rule, or the relation that nobody judges
 */
export function enforceAllow<Context extends ViewerContext>(
  schema: GraphQLSchema,
  judges: Relations<Context>,
): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue
    const ofType = ruleOf(directivesOf(type))
    for (const field of Object.values(type.getFields())) {
      if (field.name.startsWith('_')) continue
      const rule = ruleOf(field.astNode?.directives ?? []) ?? ofType
      if (rule) guard(type, field, rule, judges)
      else if (needsRule(type, schema))
        throw new Error(`${type.name}.${field.name} has no @allow rule`)
    }
  }
}

function needsRule(type: GraphQLObjectType, schema: GraphQLSchema): boolean {
  const isRoot = [schema.getQueryType(), schema.getMutationType()].includes(type)
  return isRoot || directivesOf(type).some((directive) => directive.name.value === 'key')
}

function directivesOf(type: GraphQLObjectType): ConstDirectiveNode[] {
  return [type.astNode, ...type.extensionASTNodes].flatMap((node) => node?.directives ?? [])
}

function ruleOf(directives: readonly ConstDirectiveNode[]): Rule | undefined {
  const allow = directives.find((directive) => directive.name.value === 'allow')
  if (!allow) return undefined
  const listed = (argument: string) => {
    const value = allow.arguments?.find(({ name }) => name.value === argument)?.value
    return value?.kind === Kind.LIST ? value.values.flatMap(textOf) : []
  }
  return { to: listed('to') as Access[], scopes: listed('scopes') }
}

function textOf(entry: ConstValueNode): string[] {
  return entry.kind === Kind.ENUM || entry.kind === Kind.STRING ? [entry.value] : []
}

function guard<Context extends ViewerContext>(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, Context>,
  rule: Rule,
  judges: Relations<Context>,
): void {
  if (rule.to.includes('ANYONE')) return
  const related = rule.to.filter((access): access is Relation => relations.has(access))
  const judgesOfRule = related.map((relation) => {
    const judge = judges[type.name]?.[relation]
    if (!judge)
      throw new Error(`${type.name}.${field.name} allows ${relation}, which nobody judges`)
    return judge
  })
  const resolve = field.resolve ?? defaultFieldResolver
  const name = `${type.name}.${field.name}`
  const fitsWithRow = async (row: unknown, context: Context) => {
    for (const judge of judgesOfRule) if (await judge(row, context)) return true
    return false
  }
  // Stays synchronous where the caller's role suffices: lists have thousands of fields.
  field.resolve = (row, args, context, info) => {
    if (fitsWithoutRow(rule, context.viewer)) return resolve(row, args, context, info)
    if (context.viewer.kind === 'anonymous') throw unauthenticated()
    if (context.viewer.kind === 'service') throw forbidden(`Services may not use ${name}.`)
    if (context.viewer.kind === 'machine') {
      throw forbidden(
        rule.scopes.length > 0
          ? `${name} needs the scope ${rule.scopes.join(' or ')}.`
          : `Programs may not use ${name}.`,
      )
    }
    return fitsWithRow(row, context).then((fits) => {
      if (!fits) throw forbidden(`You are not allowed to use ${name}.`)
      return resolve(row, args, context, info)
    })
  }
}

function fitsWithoutRow({ to, scopes }: Rule, viewer: Viewer): boolean {
  if (viewer.kind === 'service') return to.includes('SERVICE')
  if (viewer.kind === 'person') return to.includes('SIGNED_IN') || to.includes(viewer.role)
  if (viewer.kind === 'machine') return scopes.some((scope) => viewer.scopes.includes(scope))
  return false
}
