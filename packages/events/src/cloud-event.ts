import { CloudEvent, HTTP } from 'cloudevents'
import { z } from 'zod'
import type { OutgoingEvent } from './deliver.ts'

/** An event as its subscriber reads it. */
export interface IncomingEvent {
  id: string
  /** The service that tells. */
  source: string
  type: string
  version: number
  data: unknown
  actor: string
  requestId: string | undefined
  occurredAt: Date
  /** Told again to rebuild a read model. */
  isReplay: boolean
}

/** Stricter than the library, which makes up an id or an instant where there is none. */
const attributes = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.string().regex(/^\/services\/[a-z]+$/),
  type: z.string(),
  time: z.iso.datetime(),
  schemaversion: z.number().int().positive(),
  actor: z.string().min(1),
  requestid: z.string().optional(),
  replay: z.boolean().optional(),
  data: z.unknown(),
})

/**
 * The event as a CloudEvent 1.0 in JSON (structured content mode). `schemaversion`, `sequence`,
 * `actor`, `requestid` and `replay` are extensions of ours.
 */
export function toMessage(source: string, event: OutgoingEvent) {
  const message = HTTP.structured(
    new CloudEvent({
      id: event.id,
      source: `/services/${source}`,
      type: event.type,
      subject: `${event.aggregateType}/${event.aggregateId}`,
      time: event.occurredAt.toISOString(),
      datacontenttype: 'application/json',
      data: event.payload,
      schemaversion: event.version,
      sequence: event.sequence,
      actor: event.actor,
      ...(event.requestId && { requestid: event.requestId }),
      ...(event.isReplay && { replay: true }),
    }),
  )
  return { contentType: 'application/cloudevents+json; charset=utf-8', body: String(message.body) }
}

/**
 * @param body of a message in structured content mode
 * @throws SyntaxError or ZodError for what is no event of the school
 */
export function fromMessage(body: string): IncomingEvent {
  const { id, type, actor, data, source, time, schemaversion, requestid, replay } =
    attributes.parse(JSON.parse(body))
  return {
    id,
    type,
    actor,
    data,
    source: source.slice('/services/'.length),
    version: schemaversion,
    requestId: requestid,
    occurredAt: new Date(time),
    isReplay: replay ?? false,
  }
}
