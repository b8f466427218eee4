import { type GraphQLSchema, getNamedType, isObjectType, isScalarType } from 'graphql'

type Representation = Record<string, unknown> & { __typename?: unknown }

/**
 * Makes `_entities` parse the scalars of the representations it gets, in place. Federation passes
 * them as bare JSON, so without this a reference resolver would meet a `TelegramID` as a string
 * where every other resolver has a bigint, and a malformed key would reach the database.
 */
export function parseRepresentations(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()._entities
  const resolve = field?.resolve
  if (!field || !resolve) return
  field.resolve = (root, args: { representations: Representation[] }, context, info) => {
    const representations = args.representations.map((one) => parse(schema, one))
    return resolve(root, { ...args, representations }, context, info)
  }
}

function parse(schema: GraphQLSchema, representation: Representation): Representation {
  const type = schema.getType(String(representation.__typename))
  if (!isObjectType(type)) return representation
  const fields = type.getFields()
  const parsed = Object.entries(representation).map(([name, value]) => {
    const scalar = fields[name] && getNamedType(fields[name].type)
    return [name, isScalarType(scalar) && value !== null ? scalar.parseValue(value) : value]
  })
  return Object.fromEntries(parsed)
}
