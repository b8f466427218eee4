import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { ApolloServer, BaseContext } from '@apollo/server'
import fastifyApollo from '@as-integrations/fastify'
import { httpStatus, isErrorCode, StartupError } from '@classgram/errors'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { GraphQLError } from 'graphql'
import { runWithRequest } from './request-scope.ts'

export interface RunningServer {
  /** `http://host:port` */
  url: string
  /** Answers what is under way, refuses what is new, then frees everything. */
  stop: () => Promise<void>
  /** Resolves with one line that says why, should the server be unable to go on. */
  failure?: Promise<string>
}

export interface HttpServerOptions<Context extends BaseContext> {
  name: string
  host: string
  /** Largest request body in bytes. */
  bodyLimit: number
  /** Proxies that are believed about the client's address; nobody by default. */
  trustProxy?: string[]
  port: number
  logger: FastifyBaseLogger
  apollo: ApolloServer<Context>
  createContext: (request: FastifyRequest) => Promise<Context>
  /** Throws with the reason while the server cannot do its work. */
  checkReady: () => Promise<void>
  /** Paths beside `/graphql`, `/livez` and `/readyz`. */
  routes?: (app: FastifyInstance) => void
  /** Frees what the server held, after its last answer. */
  onStop: () => Promise<void>
}

/**
 * A server that stops goes on listening until nobody has asked for this long: a connection whose
 * request has arrived, but is not read yet, looks idle, and closing would cut it.
 */
const quietMs = 150
/** But no longer than this: clients who never pause cannot keep it from stopping. */
const mostDrainMs = 5_000

const acceptableRequestId = /^[\w.-]{8,64}$/

/**
 * Serves GraphQL at `/graphql`, with health at `/livez` and `/readyz`.
 *
 * @throws StartupError when the port is taken
 */
export async function startHttpServer<Context extends BaseContext>(
  options: HttpServerOptions<Context>,
): Promise<RunningServer> {
  const { name, host, port, logger, apollo, createContext, checkReady } = options
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId',
    }),
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && acceptableRequestId.test(given) ? given : randomUUID()
    },
    bodyLimit: options.bodyLimit,
    trustProxy: options.trustProxy ?? false,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors(_, __, reply: FastifyReply) {
      reply.status(400).send(errorBody('BAD_USER_INPUT', 'The address cannot be read.'))
    },
    forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance

  let stopping = false
  let underWay = 0
  let lastRequestAt = 0
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    underWay++
    lastRequestAt = performance.now()
    runWithRequest({ requestId: request.id, log: request.log }, done)
  })
  app.addHook('onSend', async (_, reply) => {
    if (stopping) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async (request, reply) => {
    underWay--
    if (request.url === '/livez' || request.url === '/readyz') return
    request.log.info(
      {
        method: request.method,
        path: request.routeOptions.url ?? 'unknown',
        operation: operationName(request.body),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    )
  })
  app.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
    if (error instanceof GraphQLError && isErrorCode(error.extensions.code)) {
      const { code } = error.extensions
      return reply.status(httpStatus[code]).send(errorBody(code, error.message))
    }
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ err: error }, 'request failed')
    const refused = status < 500
    return reply
      .status(status)
      .send(
        errorBody(
          refused ? 'BAD_USER_INPUT' : 'INTERNAL',
          refused ? 'The request cannot be read.' : 'Something went wrong on our side.',
        ),
      )
  })
  app.setNotFoundHandler(async (_, reply) =>
    reply.status(httpStatus.NOT_FOUND).send(errorBody('NOT_FOUND', 'There is nothing here.')),
  )
  app.get('/livez', async () => ({ status: 'live' }))
  app.get('/readyz', async (request, reply) => {
    try {
      if (stopping) throw new Error('stopping')
      await checkReady()
      return { status: 'ready' }
    } catch (error) {
      request.log.warn({ err: error }, 'not ready')
      return reply.status(503).send({ status: 'not ready' })
    }
  })
  options.routes?.(app)

  await apollo.start()
  await app.register(fastifyApollo(apollo), {
    path: '/graphql',
    context: (request) => createContext(request).catch(refuseRequest),
  })
  try {
    await app.listen({ host, port })
  } catch (error) {
    await apollo.stop()
    await options.onStop()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new StartupError(
      `Port ${port} for ${name} is taken: stop the other program or set GATEWAY_PORT.`,
    )
  }
  return {
    url: `http://${host}:${port}`,
    async stop() {
      stopping = true
      const stopAt = performance.now()
      const isQuiet = () => {
        const now = performance.now()
        return underWay === 0 && now - Math.max(lastRequestAt, stopAt) >= quietMs
      }
      while (!isQuiet() && performance.now() - stopAt < mostDrainMs) await wait(25)
      await app.close()
      await apollo.stop()
      await options.onStop()
    },
  }
}

/** A request that gets no context is answered as a whole, so HTTP's own status has to tell, too. */
function refuseRequest(error: unknown): never {
  if (!(error instanceof GraphQLError)) throw error
  const { message, extensions } = error
  if (!isErrorCode(extensions.code)) throw error
  const http = { status: httpStatus[extensions.code] }
  throw new GraphQLError(message, { extensions: { ...extensions, http } })
}

/** A refusal outside of GraphQL, in the shape that GraphQL clients know. */
export function errorBody(code: keyof typeof httpStatus, message: string) {
  return { errors: [{ message, extensions: { code } }] }
}

function operationName(body: unknown): string | undefined {
  const name = (body as { operationName?: unknown } | null | undefined)?.operationName
  return typeof name === 'string' ? name.slice(0, 100) : undefined
}
