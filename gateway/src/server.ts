import { ApolloGateway } from '@apollo/gateway'
import type { ApolloServer } from '@apollo/server'
import {
  createApollo,
  createLogger,
  type Env,
  type RunningServer,
  readSubgraphs,
  startHttpServer,
  subgraphUrl,
} from '@classgram/server'
import { createAccessTokenVerifier, createEnvelopeSigner } from '@classgram/viewer'
import type { FastifyRequest } from 'fastify'
import { createRemoteJWKSet } from 'jose'
import { type Config, loadConfig } from './config.ts'
import { createRequestContext, type RequestContext, withViewer } from './context.ts'
import { currentStanding } from './current-standing.ts'
import { operationLimits } from './operation-limits.ts'
import { addProfileRoute } from './profile-route.ts'
import { sandboxPage } from './sandbox.ts'
import { soundRequests } from './sound-requests.ts'
import { SubgraphDataSource } from './subgraph-data-source.ts'
import { superviseSupergraph } from './supergraph.ts'
import { addTokenRoutes } from './token-route.ts'

/** The Profile query is six levels deep, and its answer estimated at 7,000 fields. */
const limits = { depth: 12, fields: 100_000, aliases: 30 }
/** Fields that an operation may select, its fragments expanded; the Profile query selects 60. */
const maxSelections = 1_000
/** Largest request of a client, in bytes. */
const bodyLimit = 1024 * 1024
const keysRefreshMs = 5 * 60 * 1000

/**
 * Starts the gateway: the one door for clients, and the only one that sees their tokens.
 *
 * @throws StartupError when a setting is missing or the port is taken
 */
export async function start(
  env: Env,
  overrides: { logger?: ReturnType<typeof createLogger> } = {},
): Promise<RunningServer> {
  const config = loadConfig(env)
  const isProduction = config.NODE_ENV === 'production'
  const logger = overrides.logger ?? createLogger('gateway', config.LOG_LEVEL)
  const urls = urlsOf(config)

  // Keys once had stay in use while auth is away; a key that is not among them is asked for.
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', urls.get('auth')), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    timeoutDuration: 2_000,
    // A key that auth has only just made must not have to wait long.
    cooldownDuration: 2_000,
  })
  const refreshKeys = setInterval(() => keys.reload().catch(() => {}), keysRefreshMs).unref()

  const verifyAccessToken = createAccessTokenVerifier(config.TOKEN_ISSUER, keys)
  const signEnvelope = await createEnvelopeSigner(config.ENVELOPE_KEY)
  const createContext = (request: FastifyRequest) =>
    createRequestContext(request, { verifyAccessToken, signEnvelope })

  const sources = new Map([...urls].map(([name, url]) => [name, new SubgraphDataSource(name, url)]))
  const auth = sources.get('auth')
  if (!auth) throw new Error('there is no auth among the subgraphs')
  const gateway = new ApolloGateway({
    supergraphSdl: superviseSupergraph(config.SUPERGRAPH_FILE, { isProduction, logger }),
    buildService({ name, url }) {
      const source = sources.get(name) ?? new SubgraphDataSource(name, url ?? '')
      sources.set(name, source)
      return source
    },
    logger: quietly(logger),
  })
  const apollo: ApolloServer<RequestContext> = createApollo<RequestContext>({
    gateway,
    isProduction,
    log: logger,
    validationRules: [operationLimits(limits)],
    plugins: [soundRequests, currentStanding(auth)],
    maxRecursiveSelections: maxSelections,
    landingPage: isProduction
      ? undefined
      : sandboxPage(
          config.SANDBOX_TELEGRAM_ID,
          () => apollo,
          () => withViewer({ requestId: crypto.randomUUID(), signEnvelope }, { kind: 'anonymous' }),
        ),
  })
  return startHttpServer({
    name: 'gateway',
    host: config.HOST,
    bodyLimit,
    trustProxy: config.TRUSTED_PROXIES,
    port: config.GATEWAY_PORT,
    logger,
    apollo,
    createContext,
    async checkReady() {
      apollo.assertStarted('readiness')
    },
    routes(app) {
      addProfileRoute(app, apollo, createContext)
      addTokenRoutes(app, { url: urls.get('auth') ?? '', signEnvelope })
      if (!isProduction) app.get('/', (_, reply) => reply.redirect('/graphql'))
    },
    async onStop() {
      clearInterval(refreshKeys)
      await Promise.all([...sources.values()].map((source) => source.close()))
    },
  })
}

function urlsOf({ SUBGRAPH_URL, GATEWAY_PORT }: Config): Map<string, string> {
  return new Map(
    readSubgraphs().map((subgraph) => [
      subgraph.name,
      subgraphUrl(SUBGRAPH_URL, GATEWAY_PORT, subgraph),
    ]),
  )
}

/** The gateway library announces each step of its start; in our log that is detail. */
function quietly(logger: RunningLogger): RunningLogger {
  const { debug, warn, error } = logger
  return {
    debug: debug.bind(logger),
    info: debug.bind(logger),
    warn: warn.bind(logger),
    error: error.bind(logger),
  }
}

type RunningLogger = Pick<ReturnType<typeof createLogger>, 'debug' | 'info' | 'warn' | 'error'>
