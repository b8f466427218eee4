import type { z } from 'zod'

/** What services tell each other of: its name, its shape, and who listens. */
export interface EventDefinition<Payload> {
  /** The producer, then what happened: `groups.membership-changed`. */
  type: string
  /** Rises with every change of the payload that an older consumer would misread. */
  version: number
  payload: z.ZodType<Payload>
  /** For each older version, how to make the next one of it. */
  upgrades?: Record<number, (older: unknown) => unknown>
  /** Services that subscribe. */
  subscribers: readonly string[]
}

export function defineEvent<Payload>(
  definition: EventDefinition<Payload>,
): EventDefinition<Payload> {
  return definition
}

/** An event that cannot be taken in as it is: one of the two services has to change first. */
export class UnacceptableEventError extends Error {
  override name = 'UnacceptableEventError'
}

/**
 * Reads a payload as today's version, whichever version the producer wrote.
 *
 * @throws UnacceptableEventError for a payload of a version that is not known (yet), or that does not fit
 */
export function readPayload<Payload>(
  { type, version: current, payload, upgrades = {} }: EventDefinition<Payload>,
  { version, data }: { version: number; data: unknown },
): Payload {
  if (version > current) {
    throw new UnacceptableEventError(`${type} v${version} is newer than this service.`)
  }
  let upgraded = data
  for (let from = version; from < current; from++) {
    const upgrade = upgrades[from]
    if (!upgrade) throw new UnacceptableEventError(`${type} v${from} cannot be read any more.`)
    upgraded = upgrade(upgraded)
  }
  const result = payload.safeParse(upgraded)
  if (result.success) return result.data
  const wrong = result.error.issues.map((issue) => issue.path.join('.'))
  throw new UnacceptableEventError(`${type} v${version} does not fit: ${wrong.join(', ')}.`)
}
