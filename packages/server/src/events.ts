import { badUserInput, forbidden } from '@classgram/errors'
import {
  type EventMetrics,
  fromMessage,
  type IncomingEvent,
  type Reception,
  type Send,
  toMessage,
  UnacceptableEventError,
} from '@classgram/events'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Sisters } from './sisters.ts'
import type { SubgraphRequest } from './subgraph.ts'

const path = '/events'
const contentType = 'application/cloudevents+json'

/** Sends the events of a service to its subscribers, as CloudEvents over HTTP. */
export function sendEvents(service: string, { tell }: Sisters): Send {
  return (subscriber, event) =>
    tell(subscriber, {
      path,
      requestId: event.requestId ?? event.id,
      ...toMessage(service, event),
    })
}

/** @throws BAD_USER_INPUT for what is no event of the school */
function readEvent({ headers, body }: FastifyRequest<{ Body: string }>): IncomingEvent {
  try {
    if (!headers['content-type']?.startsWith(contentType)) throw new TypeError('no CloudEvent')
    return fromMessage(body)
  } catch {
    throw badUserInput('event', 'This is no CloudEvent of the school.')
  }
}

/**
 * Adds `POST /events`. A service tells of itself alone: an event whose source is not who signed the
 * envelope is refused. 2xx means that the event and its effect are stored.
 */
export function addEventsRoute(
  http: FastifyInstance,
  {
    open,
    receive,
    metrics,
  }: {
    open: (request: FastifyRequest) => Promise<SubgraphRequest>
    receive: (event: IncomingEvent) => Promise<Reception>
    metrics: EventMetrics
  },
): void {
  http.addContentTypeParser(contentType, { parseAs: 'string' }, (_, body, done) => done(null, body))
  http.post<{ Body: string }>(path, async (request, reply) => {
    const { viewer } = await open(request)
    const event = readEvent(request)
    const { id: eventId, type, source } = event
    const startedAt = performance.now()
    let outcome: Reception | 'refused' = 'refused'
    try {
      if (viewer.kind !== 'service' || viewer.name !== source || !type.startsWith(`${source}.`)) {
        throw forbidden('A service tells of itself alone.')
      }
      outcome = await receive(event).catch((error: unknown) => {
        if (error instanceof UnacceptableEventError) throw badUserInput('event', error.message)
        throw error
      })
    } finally {
      metrics.received(source, outcome)
      const durationMs = Math.round(performance.now() - startedAt)
      request.log.info({ eventId, type, source, durationMs, outcome }, 'event received')
    }
    return reply.status(204).send()
  })
}
