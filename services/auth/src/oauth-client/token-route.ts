import { isUnavailable } from '@classgram/database'
import { errorBody } from '@classgram/server'
import type { AddRoutes, SubgraphRequest } from '@classgram/server/subgraph'
import { GraphQLError } from 'graphql'
import type { RequestContext } from '../context.ts'
import { issueToken } from './issue-token.ts'
import { OauthError } from './oauth-error.ts'

const form = 'application/x-www-form-urlencoded'
/** Far more than credentials and scopes take, in bytes. */
const bodyLimit = 16 * 1024

/**
 * `POST /oauth/token`, for the gateway alone: what it knows of the client's address comes in its
 * envelope, and what the client sent in body and `authorization` header.
 */
export function tokenRoute(createContext: (request: SubgraphRequest) => RequestContext): AddRoutes {
  return (http, open) =>
    http.register(async (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser(form, { parseAs: 'string', bodyLimit }, (_, body, done) =>
        done(null, body),
      )
      app.setErrorHandler((error, request, reply) => {
        if (error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED') {
          return reply.status(401).send(errorBody('UNAUTHENTICATED', error.message))
        }
        const refusal = refusalFor(error)
        if (refusal.code === 'server_error') request.log.error({ err: error }, 'request failed')
        if (refusal.status === 401) {
          reply.header('www-authenticate', 'Basic realm="classgram", charset="UTF-8"')
        }
        if (refusal.retryAfter !== undefined) reply.header('retry-after', refusal.retryAfter)
        return reply
          .status(refusal.status)
          .send({ error: refusal.code, error_description: refusal.message })
      })
      app.addHook('onRequest', async (_, reply) => {
        reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
      })
      app.post('/oauth/token', async (request) => {
        const ctx = createContext(await open(request))
        if (ctx.viewer.kind !== 'anonymous') throw new OauthError('invalid_request', notForMe)
        const body = typeof request.body === 'string' ? request.body : ''
        return issueToken(ctx, body, request.headers.authorization)
      })
    })
}

const notForMe = 'Programs come here through the gateway, as nobody yet.'

/** Whatever went wrong, in words that OAuth has. */
function refusalFor(error: unknown): OauthError {
  if (error instanceof OauthError) return error
  if (error instanceof GraphQLError && error.extensions.code === 'RATE_LIMITED') {
    const retryAfter = Number(error.extensions.retryAfter)
    return new OauthError('temporarily_unavailable', error.message, { status: 429, retryAfter })
  }
  if (isUnavailable(error)) {
    return new OauthError('temporarily_unavailable', 'The school cannot answer at the moment.')
  }
  const { statusCode = 500 } = error as { statusCode?: number }
  return statusCode < 500
    ? new OauthError('invalid_request', `The body must be ${form}, of at most 16 KiB.`)
    : new OauthError('server_error', 'Something went wrong on our side.')
}
