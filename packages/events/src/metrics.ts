import type { Pool } from 'pg'
import { Counter, Gauge, Registry } from 'prom-client'
import type { Step } from './deliver.ts'
import type { Reception } from './receive.ts'

/** What an operator watches of a service's events, in Prometheus' text format. */
export interface EventMetrics {
  /** @param subscriber to whom */
  sent: (subscriber: string, step: Step) => void
  /** @param source from whom */
  received: (source: string, outcome: Reception | 'refused') => void
  contentType: string
  /** All of them as text, with what waits just now. */
  read: () => Promise<string>
}

const waitingNow = `
  SELECT subscriber, count(*)::int AS waiting, count(parked_at)::int AS parked,
    coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS lag
  FROM outbox_deliveries GROUP BY subscriber`

/** @param service whose they are; `pool` leads to its database */
export function createEventMetrics(service: string, pool: Pool): EventMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  const registers = [registry]
  const attempts = new Counter({
    name: 'classgram_events_attempts_total',
    help: 'Attempts to deliver an event, by what became of them: delivered, failed, given up.',
    labelNames: ['subscriber', 'outcome'],
    registers,
  })
  const receptions = new Counter({
    name: 'classgram_events_received_total',
    help: 'Events that arrived: taken in, known already, or refused.',
    labelNames: ['source', 'outcome'],
    registers,
  })
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['subscriber'], registers })
  const waiting = gauge(
    'classgram_events_waiting',
    'Events not yet delivered, parked ones included.',
  )
  const parked = gauge('classgram_events_parked', 'Events given up, until somebody requeues them.')
  const lag = gauge('classgram_events_lag_seconds', 'Age of the oldest event not yet delivered.')
  return {
    sent(subscriber, step) {
      if ('event' in step) attempts.inc({ subscriber, outcome: step.outcome })
    },
    received: (source, outcome) => receptions.inc({ source, outcome }),
    contentType: registry.contentType,
    async read() {
      const { rows } = await pool.query<
        Record<'waiting' | 'parked' | 'lag', number> & { subscriber: string }
      >(waitingNow)
      for (const each of [waiting, parked, lag]) each.reset()
      for (const { subscriber, ...now } of rows) {
        waiting.set({ subscriber }, now.waiting)
        parked.set({ subscriber }, now.parked)
        lag.set({ subscriber }, now.lag)
      }
      return registry.metrics()
    },
  }
}
