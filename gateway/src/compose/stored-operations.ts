import { GraphQLError, type GraphQLSchema, parse, Source, validate } from 'graphql'

/** A file of operations that a client sends. */
export interface OperationFile {
  path: string
  text: string
}

/**
 * Checks that what clients send still fits the schema.
 *
 * @param schema the API schema
 * @returns `file:line: message`, none when everything is valid
 */
export function validateOperations(schema: GraphQLSchema, files: OperationFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    findErrors(schema, new Source(text, path)).map(
      ({ locations, message }) => `${path}:${locations?.[0]?.line ?? 1}: ${message}`,
    ),
  )
}

function findErrors(schema: GraphQLSchema, source: Source): readonly GraphQLError[] {
  try {
    return validate(schema, parse(source))
  } catch (error) {
    if (error instanceof GraphQLError) return [error]
    throw error
  }
}
