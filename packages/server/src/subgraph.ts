import {
  type Connection,
  connect,
  isUnavailable,
  migrationsDir,
  pendingMigrations,
  removeOldKeys,
} from '@classgram/database'
import { serviceUnavailable, unauthenticated } from '@classgram/errors'
import {
  createEventMetrics,
  type IncomingEvent,
  patient,
  type Reception,
  startWorker,
} from '@classgram/events'
import { afterEachMutation, createSubgraphSchema, type Relations } from '@classgram/graphql'
import { actorOf, type Client, createEnvelopeVerifier, type Viewer } from '@classgram/viewer'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import type { DocumentNode } from 'graphql'
import type { z } from 'zod'
import { createApollo } from './apollo.ts'
import { portOf, type subgraphSettings } from './config.ts'
import { addEventsRoute, sendEvents } from './events.ts'
import { type Chore, startHousekeeping } from './housekeeping.ts'
import { type RunningServer, startHttpServer } from './http-server.ts'
import { createLogger } from './logger.ts'
import { type PersonData, withPersonData } from './person-data.ts'
import { type AskSister, createSisters, patienceHeader } from './sisters.ts'

export type SubgraphSettings = z.output<z.ZodObject<typeof subgraphSettings>>

/** What every request to a subgraph carries. */
export interface SubgraphRequest {
  viewer: Viewer
  /** The viewer as the audit log names them. */
  actor: string
  requestId: string
  /** From where a person asks; unknown when a sister does. */
  client?: Client
  /** When whoever asks stops waiting for the answer; absent where nobody does. */
  answerBy?: Date
  ask: AskSister
}

/** What a subgraph lives on. */
export interface SubgraphParts {
  connection: Connection
  clock: () => Date
}

/**
 * Adds HTTP paths beside `/graphql`.
 *
 * @param open opens the envelope of a request; throws UNAUTHENTICATED when there is none that holds
 */
export type AddRoutes = (
  http: FastifyInstance,
  open: (request: FastifyRequest) => Promise<SubgraphRequest>,
) => void

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
  resolvers: { Query?: object; Mutation?: object }
  relations: Relations<Context>
  personData: PersonData<Context>
  /** Called once; `createContext` is called for every request, and again after each mutation in it. */
  createApp: (parts: SubgraphParts) => {
    createContext: (request: SubgraphRequest) => Context
    routes?: AddRoutes
    /** What is to be done now and then, by what it is about. */
    chores?: Record<string, Chore>
    /** Takes in an event of another service; absent where none is subscribed to. */
    receive?: (event: IncomingEvent) => Promise<Reception>
    /** Frees what the app opened by itself. */
    onStop?: () => void
  }
}

/** As long as the gateway waits for an answer. */
const defaultPatienceMs = 10_000

/** The gateway may ask for very many entities at a time; it limits what clients can make it ask. */
const bodyLimit = 32 * 1024 * 1024

/**
 * Serves one subgraph on its database. Every GraphQL request needs an envelope that the gateway or
 * a sister service signed for this subgraph; without one it ends as `UNAUTHENTICATED`.
 *
 * @throws StartupError when the port is taken; Error when a field of the SDL has no rule
 */
export async function startSubgraph<Context extends SubgraphRequest>(
  options: SubgraphOptions<Context>,
  overrides: SubgraphOverrides = {},
): Promise<RunningServer> {
  const { name, settings, typeDefs, relations, createApp } = options
  const resolvers = withPersonData(options.resolvers, options.personData)
  const schema = createSubgraphSchema(typeDefs, resolvers, relations)
  const logger = overrides.logger ?? createLogger(name, settings.LOG_LEVEL)
  const connection = connect(settings.DATABASE_URL, {
    max: settings.DATABASE_CONNECTIONS,
    applicationName: name,
    onStatement: overrides.onStatement,
    // Without the error itself, which carries the whole connection.
    onError: (error) => logger.warn({ reason: error.message }, 'database connection lost'),
  })
  const sisters = await createSisters(name, settings, logger)
  const clock = overrides.clock ?? (() => new Date())
  const app = createApp({ connection, clock })
  // What a request has loaded before a mutation is out of date after it.
  afterEachMutation<Context>(schema, (context) => {
    Object.assign(context, app.createContext(context))
  })
  const verifyEnvelope = createEnvelopeVerifier(name, settings.ENVELOPE_TRUST)
  const open = async (request: FastifyRequest): Promise<SubgraphRequest> => {
    const envelope = request.headers['x-classgram-envelope']
    const { viewer, client } = await verifyEnvelope(String(envelope ?? '')).catch(
      (error: unknown) => {
        request.log.warn({ reason: String(error) }, 'envelope refused')
        throw unauthenticated('Only the gateway and sister services may call a subgraph.')
      },
    )
    const { id: requestId } = request
    const patience = Number(request.headers[patienceHeader]) || defaultPatienceMs
    const ask = sisters.askFor({ requestId, deadline: performance.now() + patience })
    const answerBy = new Date(clock().getTime() + patience)
    return { viewer, client, actor: actorOf(viewer), requestId, answerBy, ask }
  }
  const housekeeping = startHousekeeping({
    chores: {
      'old idempotency keys': ({ signal }) => removeOldKeys(connection.pool, clock(), signal),
      ...app.chores,
    },
    everySeconds: settings.HOUSEKEEPING_SECONDS,
    askFor: (requestId) => sisters.askFor({ requestId }),
    logger,
  })
  const metrics = createEventMetrics(name, connection.pool)
  const worker =
    settings.JOBS === 'on'
      ? startWorker({
          service: name,
          databaseUrl: settings.DATABASE_URL,
          send: sendEvents(name, sisters),
          backoff: {
            ...patient,
            firstMs: settings.EVENTS_FIRST_RETRY_MS,
            giveUpMs: settings.EVENTS_GIVE_UP_SECONDS * 1000,
          },
          metrics,
          logger,
        })
      : undefined
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
    createContext: async (request) => app.createContext(await open(request)),
    async checkReady() {
      const pending = await pendingMigrations(connection.pool, migrationsDir(name))
      if (pending.length > 0) throw new Error(`migrations not applied: ${pending.join(', ')}`)
    },
    routes(http) {
      app.routes?.(http, open)
      http.get('/metrics', async (_, reply) =>
        reply.type(metrics.contentType).send(await metrics.read()),
      )
      if (app.receive) addEventsRoute(http, { open, receive: app.receive, metrics })
    },
    async onStop() {
      await worker?.stop()
      await housekeeping.stop()
      app.onStop?.()
      await sisters.close()
      await connection.close()
    },
  })
}

export type { Chore, Occasion } from './housekeeping.ts'
export type { ErasedData, PersonData } from './person-data.ts'
export { type AskSister, createSisters } from './sisters.ts'
