import { serviceUnavailable } from '@classgram/errors'
import { createEnvelopeSigner } from '@classgram/viewer'
import {
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel'
import type { FastifyBaseLogger } from 'fastify'
import type { GraphQLFormattedError } from 'graphql'
import { Pool } from 'undici'
import type { SubgraphSettings } from './subgraph.ts'
import { readSubgraphs, subgraphUrl } from './subgraphs.ts'

const timeoutMs = 2_000
const extraAttempts = 2
const failuresUntilOpen = 5
const openMs = 5_000

/**
 * Asks a sister service in the name of the asking one: a GraphQL query, or a mutation that does no
 * harm when it is carried out twice.
 *
 * @returns the operation's data
 * @throws SERVICE_UNAVAILABLE when no answer can be had
 */
export type AskSister = <Data>(
  sister: string,
  query: string,
  variables: Record<string, unknown>,
) => Promise<Data>

class MisunderstoodError extends Error {
  override name = 'MisunderstoodError'
}

/** The time for an answer was used up before the sister was asked. */
class TooLateError extends Error {
  override name = 'TooLateError'
}

const itsFault = handleWhen((error) => !(error instanceof TooLateError))

interface Answer<Data> {
  data?: Data
  errors?: GraphQLFormattedError[]
}

/** On what occasion sisters are asked. */
interface AskedFor {
  requestId: string
  /** Until when the answer is of use, on the clock of `performance.now()`. */
  deadline?: number | undefined
}

export interface Sisters {
  askFor: (occasion: AskedFor) => AskSister
  /**
   * Brings a sister a message, once: who tells has a way of their own to try again.
   *
   * @throws Error when it is not known to have arrived
   */
  tell: (sister: string, message: Message) => Promise<void>
  close: () => Promise<void>
}

interface Message {
  path: string
  contentType: string
  body: string
  requestId: string
}

/** What a sister says against a message; its own failures say nothing. */
async function readReason(body: { json: () => Promise<unknown> }): Promise<string> {
  const answer = (await body.json().catch(() => undefined)) as
    | { errors?: GraphQLFormattedError[] }
    | undefined
  return answer?.errors?.[0]?.message ?? 'no reason'
}

/** Tells a sister for how many milliseconds more its answer is of use. */
export const patienceHeader = 'x-classgram-patience'

/**
 * Client for the other subgraphs. Whatever it asks may be repeated: up to three attempts with jitter,
 * two seconds each, and none after the deadline; a sister that failed five times in a row is left
 * alone for five seconds.
 */
export async function createSisters(
  name: string,
  settings: SubgraphSettings,
  logger: FastifyBaseLogger,
): Promise<Sisters> {
  const signEnvelope = await createEnvelopeSigner(settings.ENVELOPE_KEY)
  const lines = new Map(
    readSubgraphs().map((subgraph) => {
      const url = new URL(subgraphUrl(settings.SUBGRAPH_URL, settings.GATEWAY_PORT, subgraph))
      const pool = new Pool(url.origin, { connections: 8 })
      const policy = wrap(
        retry(itsFault, {
          maxAttempts: extraAttempts,
          backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }),
        }),
        circuitBreaker(itsFault, {
          halfOpenAfter: openMs,
          breaker: new ConsecutiveBreaker(failuresUntilOpen),
        }),
      )
      return [subgraph.name, { pool, path: url.pathname, policy }]
    }),
  )

  const lineTo = (sister: string) => {
    const line = lines.get(sister)
    if (!line) throw new Error(`${sister} is not a subgraph`)
    return line
  }
  const headersFor = async (sister: string, contentType: string, requestId: string) => ({
    'content-type': contentType,
    'x-request-id': requestId,
    'x-classgram-envelope': await signEnvelope({ viewer: { kind: 'service', name } }, sister),
  })

  const ask = async <Data>(
    { requestId, deadline = Number.POSITIVE_INFINITY }: AskedFor,
    ...[sister, query, variables]: Parameters<AskSister>
  ): Promise<Data> => {
    const line = lineTo(sister)
    const startedAt = performance.now()
    const headers = await headersFor(sister, 'application/json', requestId)
    const body = JSON.stringify({ query, variables }, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    let outcome = 'answered'
    try {
      const answer = await line.policy.execute(async () => {
        const patience = Math.floor(Math.min(timeoutMs, deadline - performance.now()))
        if (patience <= 0) throw new TooLateError('too late')
        const response = await line.pool.request({
          method: 'POST',
          path: line.path,
          headers: { ...headers, [patienceHeader]: String(patience) },
          body,
          signal: AbortSignal.timeout(patience),
        })
        if (response.statusCode === 401 || response.statusCode >= 500) {
          await response.body.dump()
          throw new Error(`HTTP ${response.statusCode}`)
        }
        const answer = (await response.body.json()) as Answer<Data>
        const error = answer.errors?.[0]
        if (error?.extensions?.code === 'SERVICE_UNAVAILABLE') throw new Error(error.message)
        return answer
      })
      const error = answer.errors?.[0]
      // Anything else that a sister has against our question is a mistake of ours, not the client's.
      if (error) throw new MisunderstoodError(`${sister}: ${error.message}`)
      return answer.data as Data
    } catch (error) {
      outcome = error instanceof Error ? error.message : String(error)
      if (error instanceof MisunderstoodError) throw error
      throw serviceUnavailable(sister)
    } finally {
      const durationMs = Math.round(performance.now() - startedAt)
      logger.info({ sister, requestId, durationMs, outcome }, 'asked a sister service')
    }
  }
  return {
    askFor: (occasion) => (sister, query, variables) => ask(occasion, sister, query, variables),
    async tell(sister, { path, contentType, body, requestId }) {
      const response = await lineTo(sister).pool.request({
        method: 'POST',
        path,
        headers: await headersFor(sister, contentType, requestId),
        body,
        signal: AbortSignal.timeout(settings.EVENTS_TIMEOUT_MS),
      })
      if (response.statusCode < 300) return response.body.dump()
      throw new Error(
        `${sister} answered HTTP ${response.statusCode}: ${await readReason(response.body)}`,
      )
    },
    async close() {
      await Promise.all([...lines.values()].map((line) => line.pool.close()))
    },
  }
}
