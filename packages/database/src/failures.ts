/**
 * Name of the constraint that a failed statement ran into, or undefined if it failed for another reason.
 *
 * Takes errors of Prisma's model calls, of its raw queries and of pg. Prisma passes the name on for unique and
 * foreign key violations only; for checks and exclusions it stands in Postgres' own message, which the adapter
 * keeps. Not null violations have no constraint's name.
 */
export function violatedConstraint(error: unknown): string | undefined {
  for (const { constraint, originalMessage, message } of causes(error)) {
    if (typeof constraint === 'string') return constraint
    if (isRecord(constraint) && typeof constraint.index === 'string') return constraint.index
    const named = [originalMessage, message].find(isConstraintMessage)
    if (named) return named.match(constraintMessage)?.[1]
  }
  return undefined
}

/** Whether Postgres gave the transaction up for another's sake, so that running it again may succeed. */
export function isWriteConflict(error: unknown): boolean {
  return causes(error).some(
    ({ code, originalCode, kind }) =>
      code === 'P2034' ||
      kind === 'TransactionWriteConflict' ||
      [code, originalCode].some((c) => c === '40001' || c === '40P01'),
  )
}

/** Whether somebody else held a lock for longer than a statement waits for one. */
export function isLockTimeout(error: unknown): boolean {
  return causes(error).some(({ code, originalCode }) => [code, originalCode].includes('55P03'))
}

/** Prisma's kinds and codes, and Postgres' own, of a database that is away, overwhelmed or waiting too long. */
const unavailable = new Set([
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'],
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'],
  ...['25P03', '25P04', '53300', '55P03', '57014', '57P01', '57P02', '57P03', '08006'],
])

/** The pool's and the driver's own errors have no code. */
const unavailableMessage = /Connection terminated|timeout exceeded when trying to connect/

/** Whether the database could not do its work in time, so that asking again later may succeed. */
export function isUnavailable(error: unknown): boolean {
  return (
    isWriteConflict(error) ||
    causes(error).some(
      ({ code, originalCode, kind, message }) =>
        [code, originalCode, kind].some((name) => unavailable.has(String(name))) ||
        unavailableMessage.test(String(message)),
    )
  )
}

const constraintMessage = /violates (?:\w+ )+constraint "([^"]+)"/

function isConstraintMessage(message: unknown): message is string {
  return typeof message === 'string' && constraintMessage.test(message)
}

/** The error and what lies beneath it, innermost first: Prisma keeps the driver's under `meta` or `cause`. */
function causes(error: unknown): Record<string, unknown>[] {
  if (!isRecord(error)) return []
  const meta = isRecord(error.meta) ? error.meta.driverAdapterError : undefined
  return [...causes(meta), ...causes(error.cause), error]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
