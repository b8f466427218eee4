import { type GraphQLArgument, getNamedType, isObjectType, isRequiredArgument } from 'graphql'
import type { Relations } from './columns.ts'
import { type Example, entities, paths, usualArguments } from './examples.ts'
import { isEntity, type Row, type Ruled, ruledField, type Subgraph } from './rows.ts'

/** How to get to a field: from a root, or from an entity that is asked for by its key. */
export interface Way {
  row: Row
  root: 'query' | 'mutation'
  entity?: Example & { typeName: string }
  /** The fields to go through, the row's own last. */
  steps: Step[]
}

interface Step extends Ruled {
  /** Who stands in which relation to what this is a field of. */
  relations: Relations
  values: { argument: GraphQLArgument; value: unknown }[]
}

/** Arguments that every list has, and that open nothing. */
const paging = ['first', 'after', 'filter']

/**
 * Finds the way to a field.
 *
 * @param given arguments by field
 * @throws Error saying where to add what is missing
 */
export function wayTo(row: Row, { schema }: Subgraph, given: Record<string, object>): Way {
  const where = 'test/federation/access-matrix/examples.ts'
  const path = paths[`${row.subgraph} ${row.type.name}`] ?? paths[row.type.name]
  const isRoot = ['Query', 'Mutation'].includes(row.type.name)
  if (!isRoot && !path && !isEntity(row.type, schema)) {
    throw new Error(`say in ${where} (paths) how to get to ${row.name}`)
  }
  const [start = '', ...names] = (path?.steps ?? row.type.name).split('.')

  const steps: Step[] = []
  let type = schema.getType(start)
  for (const name of [...names, row.field.name]) {
    if (!isObjectType(type)) throw new Error(`the path to ${row.name} in ${where} leads nowhere`)
    const ruled = ruledField(schema, type, name)
    steps.push({ ...ruled, relations: {}, values: valuesOf(ruled) })
    type = getNamedType(ruled.field.type)
  }
  const root = start === 'Mutation' ? 'mutation' : 'query'
  const [first, last] = [steps[0], steps.at(-1)]
  if (!first || last?.type !== row.type)
    throw new Error(`${row.name} is not at the end of its path`)

  if (['Query', 'Mutation'].includes(start)) return { row, root, steps }
  const example = path?.from ?? entities[start]
  if (!example) throw new Error(`say in ${where} (entities) which ${start} to look at`)
  first.relations = example.relations
  if (path) last.relations = path.relations
  return { row, root, entity: { ...example, typeName: start }, steps }

  function valuesOf({ type: { name: typeName }, field }: Ruled): Step['values'] {
    const name = `${row.subgraph} ${typeName}.${field.name}`
    const values: Record<string, unknown> = { ...usualArguments, ...given[name] }
    return field.args.flatMap((argument) => {
      const value = values[argument.name]
      if (value !== undefined) return [{ argument, value }]
      const mayBeAbsent = isRoot ? paging.includes(argument.name) : !isRequiredArgument(argument)
      if (mayBeAbsent) return []
      throw new Error(
        `say in ${where} (argumentsOf) how to call ${name}: ${argument.name} is missing`,
      )
    })
  }
}
