import type { Answer } from '@classgram/test/kit'
import { getNamedType, isLeafType } from 'graphql'
import { isHeldStill } from './still-world.ts'
import type { Way } from './ways.ts'

/** What came of asking for a field. */
export interface Outcome {
  /** Let in, or not; to somebody who may not know of the object, it is `not there`. */
  is: 'yes' | 'no' | 'sign in' | 'not there'
  /** Refused on the way, before the field was reached. */
  isAbove: boolean
  /** Let in, and all the way: to an answer, to COMMIT, or to a conflict with what there is. */
  isDone: boolean
}

/** One operation that asks for all of these, each under an alias of its own: `f0`, `f1` and so on. */
export function operationFor(ways: Way[]): { query: string; variables: Record<string, unknown> } {
  const types: string[] = []
  const variables: Record<string, unknown> = {}
  const variable = (type: string, value: unknown) => {
    const name = `v${types.push(type)}`
    variables[name] = value
    return `$${name}`
  }
  const fields = ways.map(({ entity, steps }, index) => {
    const selection = steps.reduceRight((inner, { field, values }) => {
      const args = values.map(
        ({ argument, value }) => `${argument.name}: ${variable(String(argument.type), value)}`,
      )
      const isLeaf = isLeafType(getNamedType(field.type))
      return [
        field.name,
        args.length > 0 ? `(${args.join(', ')})` : '',
        isLeaf ? '' : ` { ${inner || '__typename'} }`,
      ].join('')
    }, '')
    if (!entity) return `f${index}: ${selection}`
    const representation = { __typename: entity.typeName, ...entity.key }
    const list = variable('[_Any!]!', [representation])
    return `f${index}: _entities(representations: ${list}) { ... on ${entity.typeName} { ${selection} } }`
  })
  const declared = types.map((type, index) => `$v${index + 1}: ${type}`)
  const head = declared.length > 0 ? `(${declared.join(', ')})` : ''
  return { query: `${ways[0]?.root} ${head} {\n${fields.join('\n')}\n}`, variables }
}

/**
 * Reads what came of each way from the one answer: errors count for the way at whose field, or above it,
 * they arose.
 *
 * @throws Error when the answer does not tell: a call that is malformed, an error of the service itself
 */
export function outcomesOf(ways: Way[], answer: Answer): Outcome[] {
  const stray = answer.errors?.find(({ path }) => !/^f\d+$/.test(path?.[0]))
  if (stray) throw new Error(`cannot ask for ${namesOf(ways)}: ${JSON.stringify(stray)}`)
  return ways.map((way, index) => outcomeOf(way, `f${index}`, answer))
}

function outcomeOf(way: Way, alias: string, answer: Answer): Outcome {
  const { row, entity, steps } = way
  const fields = steps.map(({ field }) => field.name)
  const keys = [alias, ...(entity ? fields : fields.slice(1))]
  const [error, ...others] = answer.errors?.filter(({ path }) => path[0] === alias) ?? []
  if (!error) {
    const isThere = reaches(answer.data, keys, row.name)
    return { is: isThere ? 'yes' : 'not there', isAbove: false, isDone: isThere }
  }
  const depth = error.path.filter((key: unknown) => typeof key === 'string').length
  const { code } = error.extensions
  if (others.length > 0 || depth > keys.length) {
    throw new Error(`${row.name} has errors beside its own: ${JSON.stringify(answer.errors)}`)
  }
  if (code === 'CONFLICT' || (writes(way) && isHeldStill(error, row.subgraph))) {
    return { is: 'yes', isAbove: false, isDone: true }
  }
  if (code === 'NOT_FOUND') return { is: 'yes', isAbove: false, isDone: false }
  const isAbove = depth < keys.length
  if (code === 'FORBIDDEN') return { is: 'no', isAbove, isDone: false }
  if (code === 'UNAUTHENTICATED') return { is: 'sign in', isAbove, isDone: false }
  throw new Error(`${row.name} does not tell who may: ${JSON.stringify(error)}`)
}

/** Mutations do; and an export leaves a record of itself. */
function writes({ root, row }: Way): boolean {
  return root === 'mutation' || row.name === 'auth Query.exportMyData'
}

/** Whether there is an object that the last key, a field, was asked of. */
function reaches(data: unknown, keys: string[], name: string): boolean {
  let value = data
  for (const key of keys) {
    const [item, ...more] = Array.isArray(value) ? value : [value]
    if (more.length > 0) throw new Error(`the path to ${name} leads to several objects`)
    if (item === null || item === undefined) return false
    value = (item as Record<string, unknown>)[key]
    if (value === undefined) throw new Error(`${name} was not answered`)
  }
  return true
}

const namesOf = (ways: Way[]) => ways.map(({ row }) => row.name).join(', ')
