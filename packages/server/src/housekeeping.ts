import { randomUUID } from 'node:crypto'
import type { Author } from '@classgram/database'
import type { FastifyBaseLogger } from 'fastify'
import type { AskSister } from './sisters.ts'

/** On what occasion a chore is done, and in whose name. */
export interface Occasion extends Author {
  requestId: string
  ask: AskSister
  /** Aborted when the server stops: what is left to do waits for the next time. */
  signal: AbortSignal
}

/**
 * Something to be done now and then, that nobody asks for. Several replicas may be at it at once, and
 * each may end at any moment.
 */
export type Chore = (occasion: Occasion) => Promise<void>

export interface HousekeepingOptions {
  /** By what they are about, for the log. */
  chores: Record<string, Chore>
  everySeconds: number
  askFor: (requestId: string) => AskSister
  logger: FastifyBaseLogger
}

/**
 * Does the chores, one after the other, again and again. A chore that fails leaves a line in the log,
 * and is tried again the next time.
 *
 * @returns stops it, once the chore that is under way has come to a good place
 */
export function startHousekeeping(options: HousekeepingOptions): { stop: () => Promise<void> } {
  const { chores, everySeconds, askFor, logger } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let timer: NodeJS.Timeout
  let underWay = Promise.resolve()

  const doAll = async () => {
    for (const [chore, act] of Object.entries(chores)) {
      if (signal.aborted) return
      const requestId = randomUUID()
      const occasion = { actor: 'system:housekeeping', requestId, ask: askFor(requestId), signal }
      await act(occasion).catch((error: unknown) => {
        logger.warn({ chore, requestId, reason: lastLine(error) }, 'housekeeping failed')
      })
    }
  }
  const plan = () => {
    // Replicas that were started together must not come together for ever.
    const delayMs = everySeconds * 1000 * (0.5 + Math.random())
    timer = setTimeout(() => {
      underWay = doAll().finally(() => {
        if (!signal.aborted) plan()
      })
    }, delayMs)
    timer.unref()
  }
  plan()
  return {
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await underWay
    },
  }
}

/** Prisma's messages begin with lines of code; the reason comes last. */
function lastLine(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(lastLine).join('; ')
  return String(error).trim().split('\n').at(-1) ?? ''
}
