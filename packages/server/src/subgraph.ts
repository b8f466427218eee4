import { unauthenticated } from '@classgram/errors'
import { createEnvelopeVerifier, type Viewer } from '@classgram/viewer'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { z } from 'zod'
import { createApollo } from './apollo.ts'
import { portOf, type subgraphSettings } from './config.ts'
import { type RunningServer, startHttpServer } from './http-server.ts'

export type SubgraphSettings = z.output<z.ZodObject<typeof subgraphSettings>>

/** What every request to a subgraph carries. */
export interface SubgraphRequest {
  viewer: Viewer
  requestId: string
}

export interface SubgraphOptions<Context extends SubgraphRequest> {
  name: string
  settings: SubgraphSettings
  logger: FastifyBaseLogger
  schema: GraphQLSchema
  createContext: (request: SubgraphRequest) => Context
  checkReady: () => Promise<void>
  routes?: (app: FastifyInstance) => void
  onStop: () => Promise<void>
}

/**
 * Serves one subgraph. Every GraphQL request needs an envelope that the gateway or a sister
 * service signed for this subgraph; without one it ends as `UNAUTHENTICATED`.
 */
export async function startSubgraph<Context extends SubgraphRequest>(
  options: SubgraphOptions<Context>,
): Promise<RunningServer> {
  const { name, settings, logger } = options
  const verifyEnvelope = createEnvelopeVerifier(name, settings.ENVELOPE_TRUST)
  const apollo = createApollo<Context>({
    schema: options.schema,
    isProduction: settings.NODE_ENV === 'production',
    log: logger,
    persistedQueries: false,
  })
  return startHttpServer({
    name,
    host: settings.HOST,
    port: portOf(name, settings.GATEWAY_PORT),
    logger,
    apollo,
    checkReady: options.checkReady,
    routes: options.routes,
    onStop: options.onStop,
    async createContext(request) {
      const envelope = request.headers['x-classgram-envelope']
      const viewer = await verifyEnvelope(String(envelope ?? '')).catch((error: unknown) => {
        request.log.warn({ reason: String(error) }, 'envelope refused')
        throw unauthenticated('Only the gateway and sister services may call a subgraph.')
      })
      return options.createContext({ viewer, requestId: request.id })
    },
  })
}
