import { z } from 'zod'

/** Name of the job that delivers what waits in one stream. */
export const deliveryTask = 'deliver-events'

/** The events of one aggregate, for one subscriber: delivered one after the other. */
export const stream = z.object({
  subscriber: z.string(),
  aggregateType: z.string(),
  aggregateId: z.string(),
})

export type Stream = z.output<typeof stream>

/**
 * At most one job waits per stream: whoever adds another only wakes it. Where the database itself finds
 * the streams (`publish.ts`, `wake.ts`) it spells the key the same way.
 */
export function jobKeyOf({ subscriber, aggregateType, aggregateId }: Stream): string {
  return [subscriber, aggregateType, aggregateId].join('/')
}
