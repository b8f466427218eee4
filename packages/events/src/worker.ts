import { EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Logger, type Runner, run, type Task, type TaskList } from 'graphile-worker'
import type { PoolClient } from 'pg'
import type { Backoff } from './backoff.ts'
import { deliverNext, type Send } from './deliver.ts'
import { createLastingPool } from './lasting-pool.ts'
import type { EventMetrics } from './metrics.ts'
import { deliveryTask, jobKeyOf, type Stream, stream } from './stream.ts'
import { wakeDueStreams } from './wake.ts'

/** Jobs that run at a time, each with a connection of its own. */
const concurrency = 4
const wakeTask = 'wake-due-streams'
/** Until what was interrupted goes on: a runner that has ended, a stream whose connection was lost. */
const resumeMs = 1_000
/** A job that is due later is noticed at the next look; one that is due now is at once. */
const longestPollMs = 2_000
/** A delivery under way ends by itself within its time-out; more than that is not waited for. */
const mostStopMs = 8_000

export interface WorkerOptions {
  service: string
  databaseUrl: string
  send: Send
  backoff: Backoff
  metrics: EventMetrics
  logger: FastifyBaseLogger
  /** Further jobs of the service, by name. */
  tasks?: TaskList
}

export interface Worker {
  /** Lets running jobs end, then frees what the worker held. */
  stop: () => Promise<void>
}

/**
 * Runs a service's jobs on Graphile Worker, in the service's own database: delivers its events, and
 * every minute wakes streams whose job has died with its process.
 *
 * The database may be away, now or later. A runner that cannot begin, or that ends by itself, is
 * followed by another.
 */
export function startWorker(options: WorkerOptions): Worker {
  const { service, databaseUrl, backoff, logger, tasks } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const pool = createLastingPool(
    {
      connectionString: databaseUrl,
      application_name: `${service}-jobs`,
      options: '-c timezone=UTC',
      max: concurrency + 2,
      connectionTimeoutMillis: 3_000,
      // Longer than a delivery takes: a process that hangs must not keep a stream from the others.
      idle_in_transaction_session_timeout: 30_000,
    },
    (error) => {
      // The pool's errors carry the whole connection; and one that is being closed may well break.
      if (!signal.aborted) logger.warn({ reason: String(error) }, 'job connection lost')
    },
  )
  const taskList = {
    ...tasks,
    [deliveryTask]: deliveryJob(options, signal),
    [wakeTask]: async () => {
      await wakeDueStreams(pool)
    },
  }

  const startRunner = async (events: EventEmitter): Promise<Runner> => {
    const runner = await run({
      pgPool: pool,
      concurrency,
      pollInterval: Math.min(longestPollMs, backoff.firstMs * 2),
      noHandleSignals: true,
      crontab: `* * * * * ${wakeTask} ?max=1`,
      taskList,
      events,
      logger: new Logger(() => (level, message) => {
        if (level === 'error' || level === 'warning') logger.warn({ worker: message }, 'jobs')
      }),
    })
    await wakeDueStreams(pool).catch((error) => logger.warn({ err: error }, 'jobs'))
    return runner
  }
  const aborted = once(signal, 'abort')
  const keepRunning = async () => {
    while (!signal.aborted) {
      const events = new EventEmitter()
      const ending = once(events, 'pool:gracefulShutdown')
      try {
        const runner = await startRunner(events)
        if (!signal.aborted) await Promise.race([ending, aborted])
        if (signal.aborted) await stopRunner(runner, events)
        else logger.warn('jobs ended, and begin again')
      } catch (error) {
        logger.warn({ err: error }, 'jobs cannot begin')
      }
      await wait(resumeMs, undefined, { signal }).catch(() => {})
    }
  }
  const life = keepRunning()
  const stop = async () => {
    stopping.abort()
    const over = new AbortController()
    // It keeps the process alive: without a database there is nothing else that would.
    const patience = wait(mostStopMs, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([life, patience])
    // It waits for connections that are still in use.
    await Promise.race([pool.end(), patience])
    over.abort()
  }
  let stopped: Promise<void> | undefined
  return {
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** Not by the promise that `stop` returns: that one may wait for a clock that sleeps after an error. */
async function stopRunner(runner: Runner, events: EventEmitter): Promise<void> {
  const released = once(events, 'pool:release')
  runner.stop().catch(() => {})
  await released
}

/** Goes through a stream until nothing in it is due; if something comes between, another job goes on. */
function deliveryJob(options: WorkerOptions, stopping: AbortSignal): Task {
  return async (payload, { withPgClient, addJob }) => {
    const target = stream.parse(payload)
    const goOn = () => addJob(deliveryTask, target, { jobKey: jobKeyOf(target) })
    try {
      const isThrough = await withPgClient((client) => walk(client, target, options, stopping))
      if (!isThrough) await goOn()
    } catch (error) {
      // Graphile Worker would wait ever longer, though the database may be back in a moment.
      options.logger.warn({ err: error, ...target }, 'delivery interrupted')
      // By then the pool has noticed which of its connections are lost, too.
      await wait(resumeMs, undefined, { signal: stopping }).catch(() => {})
      await goOn()
    }
  }
}

/** @returns whether nothing is left that is due */
async function walk(
  client: PoolClient,
  target: Stream,
  { send, backoff, metrics, logger }: WorkerOptions,
  stopping: AbortSignal,
): Promise<boolean> {
  const { subscriber } = target
  while (!stopping.aborted) {
    const startedAt = performance.now()
    const step = await deliverNext(client, target, { send, backoff })
    metrics.sent(subscriber, step)
    if ('event' in step) {
      const { id: eventId, type, requestId } = step.event
      const durationMs = Math.round(performance.now() - startedAt)
      const { outcome, error } = step
      // Nothing goes on with one that was given up until somebody sees to it.
      const level = outcome === 'given up' ? 'error' : 'info'
      logger[level]({ eventId, type, subscriber, requestId, durationMs, outcome, error }, 'event')
    }
    if (step.outcome !== 'delivered') return true
  }
  return false
}
