import { defaultFieldResolver, type GraphQLSchema } from 'graphql'

/**
 * Calls a function each time that a mutation is through, done or refused, and before its payload is read.
 * A request may hold several mutations, one after the other.
 */
export function afterEachMutation<Context>(
  schema: GraphQLSchema,
  act: (context: Context) => void,
): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver
    field.resolve = async (row, args, context: Context, info) => {
      try {
        return await resolve(row, args, context, info)
      } finally {
        act(context)
      }
    }
  }
}
