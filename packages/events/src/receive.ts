import { type TransactionalClient, type TransactionClient, transact } from '@classgram/database'
import type { IncomingEvent } from './cloud-event.ts'
import { type EventDefinition, readPayload, UnacceptableEventError } from './define-event.ts'

/** What a service does when it hears of an event. */
export interface Subscription<Tx> {
  type: string
  /** Whether hearing it again does no harm and rebuilds something: a read model. */
  isReplayable: boolean
  handle: (tx: Tx, event: IncomingEvent) => Promise<void>
}

/**
 * @param handle has its effect through `tx` alone; it runs once per event, or, for a read model, as
 * often as it is replayed
 */
export function subscribe<Tx, Payload>(
  definition: EventDefinition<Payload>,
  handle: (tx: Tx, payload: Payload, event: IncomingEvent) => Promise<void>,
  { isReplayable }: { isReplayable: boolean },
): Subscription<Tx> {
  return {
    type: definition.type,
    isReplayable,
    handle: (tx, event) => handle(tx, readPayload(definition, event), event),
  }
}

/** What became of an event that arrived. */
export type Reception = 'taken' | 'known'

/**
 * Takes an event in: its id and its effect are written in one transaction, so that an event which
 * comes twice has its effect once. Where several subscriptions are to one event, their effects are had
 * in the order in which they are listed; of a replay those alone that rebuild something.
 *
 * @throws UnacceptableEventError when nobody here subscribes to it, or it cannot be read; Error when
 * the effect fails. Nothing is written then, and the producer tries again
 */
export async function receive<Tx extends TransactionClient>(
  db: TransactionalClient<Tx>,
  { subscriber, subscriptions }: { subscriber: string; subscriptions: Subscription<Tx>[] },
  event: IncomingEvent,
): Promise<Reception> {
  const { id, type, source, actor, requestId } = event
  const concerned = subscriptions.filter((one) => one.type === type)
  if (concerned.length === 0) {
    throw new UnacceptableEventError(`${subscriber} does not subscribe to ${type}.`)
  }
  return transact(db, { actor, requestId }, async (tx) => {
    const isNew = await tx.$executeRaw`
      INSERT INTO inbox_events (event_id, subscriber, type, source)
      VALUES (${id}::uuid, ${subscriber}, ${type}, ${source}) ON CONFLICT DO NOTHING`
    const due = concerned.filter((one) => isNew > 0 || (event.isReplay && one.isReplayable))
    for (const subscription of due) await subscription.handle(tx, event)
    return due.length > 0 ? 'taken' : 'known'
  })
}
