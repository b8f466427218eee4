import { type ASTNode, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { isErrorCode } from './codes.ts'

const longestMessage = 500

/** What an error may tell a client, beside its code. */
const published = ['field', 'reason', 'conflictsWith', 'retryAfter', 'service'] as const

/** Codes of the GraphQL server itself that mean: the request is malformed. */
const malformed = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
])

/** Part of the automatic persisted query protocol: clients act on these codes themselves. */
const protocol = new Set(['PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_NOT_SUPPORTED'])

/**
 * Turns any error into one of the coded table. Unknown errors are handed to `onInternal` to be
 * logged and reach the client as `INTERNAL` with the request id and nothing else.
 *
 * @param formatted what the server would send
 * @param error what was thrown, possibly wrapped by the executor
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  options: { requestId?: string; onInternal: (error: unknown) => void },
): GraphQLFormattedError {
  const { locations, path } = formatted
  const message = shorten(formatted.message)
  const code = formatted.extensions?.code
  if (protocol.has(String(code))) return { message, extensions: { code } }
  if (malformed.has(String(code)) || (isErrorCode(code) && code !== 'INTERNAL')) {
    const extensions: Record<string, unknown> = {
      code: malformed.has(String(code)) ? 'BAD_USER_INPUT' : code,
    }
    for (const key of published) {
      const value = formatted.extensions?.[key]
      if (value !== undefined) extensions[key] = value
    }
    if (extensions.code === 'BAD_USER_INPUT') extensions.field ??= fieldOf(message, error)
    return { message, locations, path, extensions }
  }
  options.onInternal(error)
  return {
    message: 'Something went wrong on our side.',
    locations,
    path,
    extensions: { code: 'INTERNAL', requestId: options.requestId },
  }
}

/** Messages of the server repeat what the client sent, which may be long. */
function shorten(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)} …` : message
}

/** The input that graphql-js complains of: it says so in the message, or by the nodes it points at. */
function fieldOf(message: string, error: unknown): string | undefined {
  const missing = /^Variable "\$(\w+)" .*?(?: at "([^"]+)")?; Field "(\w+)" of required type/s.exec(
    message,
  )
  if (missing) return [missing[2] ?? missing[1], missing[3]].join('.').replace(/\[(\d+)\]/g, '.$1')
  const variable = /^Variable "\$(\w+)" .*? at "([^"]+)"/s.exec(message)
  if (variable) return variable[2]?.replace(/\[(\d+)\]/g, '.$1')
  const whole = /^Variable "\$(\w+)"/.exec(message)
  if (whole) return whole[1]
  const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined
  return node && nameBefore(node)
}

/** Name of the node itself, or of the argument or input field that a literal value was written for. */
function nameBefore(node: ASTNode): string | undefined {
  if ('name' in node && node.name) return node.name.value
  let token = node.loc?.startToken.prev
  while (token && token.kind !== ':') token = token.prev
  return token?.prev?.value
}
