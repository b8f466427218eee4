import { serviceUnavailable } from '@classgram/errors'
import { createEnvelopeSigner } from '@classgram/viewer'
import {
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
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

export interface Sisters {
  /** How to ask on the occasion of one request. */
  askFor: (requestId: string) => AskSister
  close: () => Promise<void>
}

/**
 * Client for the other subgraphs. Whatever it sends may be repeated: up to three attempts with jitter,
 * two seconds each; a sister that failed five times in a row is left alone for five seconds.
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
        retry(handleAll, {
          maxAttempts: extraAttempts,
          backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }),
        }),
        circuitBreaker(handleAll, {
          halfOpenAfter: openMs,
          breaker: new ConsecutiveBreaker(failuresUntilOpen),
        }),
      )
      return [subgraph.name, { pool, path: url.pathname, policy }]
    }),
  )

  const ask = async <Data>(
    requestId: string,
    ...[sister, query, variables]: Parameters<AskSister>
  ): Promise<Data> => {
    const line = lines.get(sister)
    if (!line) throw new Error(`${sister} is not a subgraph`)
    const startedAt = performance.now()
    const headers = {
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-classgram-envelope': await signEnvelope({ viewer: { kind: 'service', name } }, sister),
    }
    const body = JSON.stringify({ query, variables }, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    let outcome = 'answered'
    try {
      const answer = await line.policy.execute(async () => {
        const signal = AbortSignal.timeout(timeoutMs)
        const response = await line.pool.request({
          method: 'POST',
          path: line.path,
          headers,
          body,
          signal,
        })
        if (response.statusCode === 401 || response.statusCode >= 500) {
          await response.body.dump()
          throw new Error(`HTTP ${response.statusCode}`)
        }
        return (await response.body.json()) as { data?: Data; errors?: GraphQLFormattedError[] }
      })
      const error = answer.errors?.[0]
      if (error?.extensions?.code === 'SERVICE_UNAVAILABLE') throw new Error(error.message)
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
    askFor: (requestId) => (sister, query, variables) => ask(requestId, sister, query, variables),
    async close() {
      await Promise.all([...lines.values()].map((line) => line.pool.close()))
    },
  }
}
