import type { GraphQLDataSource } from '@apollo/gateway'
import { serviceUnavailable } from '@classgram/errors'
import { currentRequest } from '@classgram/server'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { Pool } from 'undici'
import type { RequestContext } from './context.ts'

const timeoutMs = 10_000
const connections = 32

type ProcessOptions = Parameters<GraphQLDataSource['process']>[0]
type ProcessResult = ReturnType<GraphQLDataSource['process']>

/**
 * Carries one subgraph's part of an operation there and back. An answer that cannot be had becomes
 * one `SERVICE_UNAVAILABLE` error; the rest of the operation goes on without it.
 */
export class SubgraphDataSource implements GraphQLDataSource {
  readonly #name: string
  readonly #path: string
  readonly #pool: Pool

  constructor(name: string, url: string) {
    const { origin, pathname } = new URL(url)
    this.#name = name
    this.#path = pathname
    this.#pool = new Pool(origin, {
      connections,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connectTimeout: 2_000,
    })
  }

  async process(options: ProcessOptions): ProcessResult {
    const { query, variables, operationName } = options.request
    const part = { query, variables, operationName }
    const { data, errors } = await this.ask(part, options.context as RequestContext, options)
    return { data, errors: errors?.map(toError) } as Awaited<ProcessResult>
  }

  /**
   * Sends the subgraph an operation in the viewer's name.
   *
   * @throws SERVICE_UNAVAILABLE
   */
  async ask(
    operation: Operation,
    { requestId, envelopeFor }: RequestContext,
    place?: ProcessOptions,
  ): Promise<SubgraphAnswer> {
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        headers: {
          'content-type': 'application/json',
          'x-request-id': requestId,
          'x-classgram-envelope': await envelopeFor(this.#name),
        },
        body: JSON.stringify(operation),
      })
      if (
        response.statusCode === 401 ||
        response.statusCode === 413 ||
        response.statusCode >= 500
      ) {
        await response.body.dump()
        throw new Error(`HTTP ${response.statusCode}`)
      }
      return (await response.body.json()) as SubgraphAnswer
    } catch (error) {
      currentRequest()?.log.warn({ err: error, subgraph: this.#name }, 'subgraph did not answer')
      const { message, extensions } = serviceUnavailable(this.#name)
      throw new GraphQLError(message, { extensions, path: place && pathOf(place) })
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

interface Operation {
  query: string | undefined
  variables?: Record<string, unknown> | undefined
  operationName?: string | undefined
}

interface SubgraphAnswer {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

function toError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { path, extensions })
}

/** Where the missing part belongs, as far as the path is certain: `@` stands for every item of a list. */
function pathOf(options: ProcessOptions): string[] | undefined {
  if (!('pathInIncomingRequest' in options)) return undefined
  const path = options.pathInIncomingRequest ?? []
  const certain = path.includes('@') ? path.slice(0, path.indexOf('@')) : path
  return certain.length > 0 ? certain.map(String) : undefined
}
