import { errorBody } from '@classgram/server'
import type { SignEnvelope } from '@classgram/viewer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const tokenPath = '/oauth/token'
/** What programs read before they ask for a token (RFC 8414, RFC 7517). */
const publicPaths = ['/.well-known/oauth-authorization-server', '/.well-known/jwks.json']

const form = 'application/x-www-form-urlencoded'
/** Far more than credentials and scopes take, in bytes. */
const bodyLimit = 16 * 1024
const timeoutMs = 10_000

/** What of auth's answer concerns the client. */
const passedOn = ['content-type', 'cache-control', 'pragma', 'www-authenticate', 'retry-after']

interface Auth {
  /** Its address; the path does not matter. */
  url: string
  signEnvelope: SignEnvelope
}

interface Answer {
  status: number
  headers: Headers
  text: string
}

/**
 * `POST /oauth/token`, where programs get access tokens (RFC 6749, section 4.4), and what they have
 * to know for it. The gateway passes on what was sent, and from where; auth alone decides.
 */
export function addTokenRoutes(app: FastifyInstance, { url, signEnvelope }: Auth): void {
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(new URL(path, url), { ...init, signal })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(form, { parseAs: 'string', bodyLimit }, (_, body, done) =>
      done(null, body),
    )
    scope.setErrorHandler(async (error: { statusCode?: number }, request, reply) => {
      const { statusCode = 500 } = error
      if (statusCode >= 500) request.log.error({ err: error }, 'request failed')
      return statusCode >= 500
        ? refuse(reply, 500, 'server_error', 'Something went wrong on our side.')
        : refuse(
            reply,
            statusCode === 413 ? 413 : 400,
            'invalid_request',
            `The body must be ${form}, of at most 16 KiB.`,
          )
    })
    scope.post(tokenPath, async (request, reply) => {
      // What stands in an address ends up in logs; RFC 6749, section 2.3.1, forbids it.
      if (request.url.includes('?')) {
        return refuse(reply, 400, 'invalid_request', 'Parameters belong into the body.')
      }
      const { authorization } = request.headers
      const client = { address: request.ip }
      const headers = {
        'content-type': form,
        'x-request-id': request.id,
        'x-classgram-envelope': await signEnvelope(
          { viewer: { kind: 'anonymous' }, client },
          'auth',
        ),
        ...(authorization && { authorization }),
      }
      const body = typeof request.body === 'string' ? request.body : ''
      const answer = await ask(tokenPath, { method: 'POST', headers, body }).catch(away(request))
      if (answer) return passOn(reply, answer)
      return refuse(reply, 503, 'temporarily_unavailable', 'The auth service is not available.')
    })
  })

  for (const path of publicPaths) {
    app.get(path, async (request, reply) => {
      const headers = { 'x-request-id': request.id }
      const answer = await ask(path, { headers }).catch(away(request))
      if (answer) return passOn(reply, answer)
      const message = 'The auth service is not available at the moment.'
      return reply.status(503).send(errorBody('SERVICE_UNAVAILABLE', message))
    })
  }
}

/** The refusals that the gateway makes itself, in OAuth's words (RFC 6749, section 5.2). */
function refuse(reply: FastifyReply, status: number, code: string, description: string) {
  return reply
    .status(status)
    .headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    .send({ error: code, error_description: description })
}

function passOn(reply: FastifyReply, answer: Answer) {
  for (const name of passedOn) {
    const value = answer.headers.get(name)
    if (value !== null) reply.header(name, value)
  }
  return reply.status(answer.status).send(answer.text)
}

function away({ log }: FastifyRequest) {
  return (error: unknown) => {
    log.warn({ err: error, subgraph: 'auth' }, 'subgraph did not answer')
    return undefined
  }
}
