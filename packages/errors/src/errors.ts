import { GraphQLError } from 'graphql'

/** Nobody is signed in, or the token does not hold. */
export function unauthenticated(message = 'Sign in to do this.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } })
}

/** The caller is known and may not do this. */
export function forbidden(message = 'You are not allowed to do this.'): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } })
}

/** @param what the kind of thing, as users call it: `group`, `lesson`. */
export function notFound(what: string, id: unknown): GraphQLError {
  return new GraphQLError(`There is no ${what} ${String(id)}.`, {
    extensions: { code: 'NOT_FOUND' },
  })
}

/** @param field path of the offending input as the client wrote it: `input.capacity`, `first`. */
export function badUserInput(field: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', field } })
}

/**
 * The input is well formed, but what is stored forbids it.
 * @param reason a stable name that a client can act on: `TEACHER_BUSY`.
 * @param conflictsWith what stands in the way, for the client to show or follow.
 */
export function conflict(
  reason: string,
  message: string,
  conflictsWith?: Record<string, unknown>,
): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'CONFLICT', reason, ...(conflictsWith && { conflictsWith }) },
  })
}

/** @param retryAfter seconds until it is worth trying again */
export function rateLimited(retryAfter: number): GraphQLError {
  return new GraphQLError(`Too many attempts: try again in ${retryAfter} seconds.`, {
    extensions: { code: 'RATE_LIMITED', retryAfter },
  })
}

/** @param service name of the part of the school that does not answer. */
export function serviceUnavailable(service: string): GraphQLError {
  return new GraphQLError(`The ${service} service is not available at the moment.`, {
    extensions: { code: 'SERVICE_UNAVAILABLE', service },
  })
}
