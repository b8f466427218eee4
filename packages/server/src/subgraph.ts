import {
  type Connection,
  connect,
  isUnavailable,
  migrationsDir,
  pendingMigrations,
} from '@classgram/database'
import { serviceUnavailable, unauthenticated } from '@classgram/errors'
import { createSubgraphSchema, type Relations } from '@classgram/graphql'
import { actorOf, type Client, createEnvelopeVerifier, type Viewer } from '@classgram/viewer'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { DocumentNode } from 'graphql'
import type { z } from 'zod'
import { createApollo } from './apollo.ts'
import { portOf, type subgraphSettings } from './config.ts'
import { type RunningServer, startHttpServer } from './http-server.ts'
import { createLogger } from './logger.ts'
import { type AskSister, createSisters } from './sisters.ts'

export type SubgraphSettings = z.output<z.ZodObject<typeof subgraphSettings>>

/** What every request to a subgraph carries. */
export interface SubgraphRequest {
  viewer: Viewer
  /** The viewer as the audit log names them. */
  actor: string
  requestId: string
  /** From where a person asks; unknown when a sister does. */
  client?: Client
  ask: AskSister
}

/** What a subgraph lives on. */
export interface SubgraphParts {
  connection: Connection
  clock: () => Date
}

/** What a test may replace. */
export interface SubgraphOverrides {
  clock?: () => Date
  logger?: FastifyBaseLogger
  /** Sees every SQL statement. */
  onStatement?: (sql: string) => void
}

export interface SubgraphOptions<Context extends SubgraphRequest> {
  name: string
  settings: SubgraphSettings
  typeDefs: DocumentNode
  resolvers: object
  relations: Relations<Context>
  /** Called once; the function it returns is called for every request. */
  createApp: (parts: SubgraphParts) => {
    createContext: (request: SubgraphRequest) => Context
    /** HTTP paths beside `/graphql`. */
    routes?: (app: FastifyInstance) => void
    /** Frees what the app opened by itself. */
    onStop?: () => void
  }
}

/** The gateway may ask for very many entities at a time; it limits what clients can make it ask. */
const bodyLimit = 32 * 1024 * 1024

/**
 * Serves one subgraph on its database. Every GraphQL request needs an envelope that the gateway or
 * a sister service signed for this subgraph; without one it ends as `UNAUTHENTICATED`.
 *
 * @throws StartupError when the port is taken; Error when a field of the SDL has no rule
 */
export async function startSubgraph<Context extends SubgraphRequest>(
  { name, settings, typeDefs, resolvers, relations, createApp }: SubgraphOptions<Context>,
  overrides: SubgraphOverrides = {},
): Promise<RunningServer> {
  const schema = createSubgraphSchema(typeDefs, resolvers, relations)
  const logger = overrides.logger ?? createLogger(name, settings.LOG_LEVEL)
  const connection = connect(settings.DATABASE_URL, {
    max: settings.DATABASE_CONNECTIONS,
    applicationName: name,
    onStatement: overrides.onStatement,
    onError: (error) => logger.warn({ err: error }, 'database connection lost'),
  })
  const sisters = await createSisters(name, settings, logger)
  const clock = overrides.clock ?? (() => new Date())
  const app = createApp({ connection, clock })
  const verifyEnvelope = createEnvelopeVerifier(name, settings.ENVELOPE_TRUST)
  return startHttpServer({
    name,
    host: settings.HOST,
    bodyLimit,
    port: portOf(name, settings.GATEWAY_PORT),
    logger,
    apollo: createApollo<Context>({
      schema,
      isProduction: settings.NODE_ENV === 'production',
      log: logger,
      persistedQueries: false,
      translate: (error) => (isUnavailable(error) ? serviceUnavailable(name) : undefined),
    }),
    async createContext(request) {
      const envelope = request.headers['x-classgram-envelope']
      const { viewer, client } = await verifyEnvelope(String(envelope ?? '')).catch(
        (error: unknown) => {
          request.log.warn({ reason: String(error) }, 'envelope refused')
          throw unauthenticated('Only the gateway and sister services may call a subgraph.')
        },
      )
      const { id: requestId } = request
      const ask = sisters.askFor(requestId)
      return app.createContext({ viewer, client, actor: actorOf(viewer), requestId, ask })
    },
    async checkReady() {
      const pending = await pendingMigrations(connection.pool, migrationsDir(name))
      if (pending.length > 0) throw new Error(`migrations not applied: ${pending.join(', ')}`)
    },
    routes: app.routes,
    async onStop() {
      app.onStop?.()
      await sisters.close()
      await connection.close()
    },
  })
}

export type { AskSister } from './sisters.ts'
