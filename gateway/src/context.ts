import { serviceUnavailable, unauthenticated } from '@classgram/errors'
import type { Client, MachineClient, Person, SignEnvelope, Viewer } from '@classgram/viewer'
import type { FastifyRequest } from 'fastify'
import { errors } from 'jose'

type VerifyAccessToken = (token: string) => Promise<Person | MachineClient>

/** What lives as long as a request. */
export interface RequestContext {
  /** Who asks: by the token, and before a mutation by what auth says of them now. */
  viewer: Viewer
  requestId: string
  client?: Client | undefined
  signEnvelope: SignEnvelope
  /** The viewer's envelope for one subgraph; made once, however often the plan goes there. */
  envelopeFor: (subgraph: string) => Promise<string>
}

/**
 * Finds out who is asking. No token means nobody; a token that does not hold refuses the request.
 *
 * @throws UNAUTHENTICATED, or SERVICE_UNAVAILABLE while the keys to verify with cannot be had
 */
export async function createRequestContext(
  request: FastifyRequest,
  parts: { verifyAccessToken: VerifyAccessToken; signEnvelope: SignEnvelope },
): Promise<RequestContext> {
  const viewer = await viewerOf(request.headers.authorization, parts.verifyAccessToken)
  const userAgent = request.headers['user-agent']?.slice(0, 200)
  const client = { address: request.ip, userAgent }
  return withViewer({ requestId: request.id, client, signEnvelope: parts.signEnvelope }, viewer)
}

/** The context of one request, and of one viewer: envelopes are kept for this one alone. */
export function withViewer(
  envelopeParts: Pick<RequestContext, 'requestId' | 'client' | 'signEnvelope'>,
  viewer: Viewer,
): RequestContext {
  const { requestId, client, signEnvelope } = envelopeParts
  const envelopes = new Map<string, Promise<string>>()
  return {
    requestId,
    client,
    signEnvelope,
    viewer,
    envelopeFor(subgraph) {
      const envelope = envelopes.get(subgraph) ?? signEnvelope({ viewer, client }, subgraph)
      envelopes.set(subgraph, envelope)
      return envelope
    },
  }
}

async function viewerOf(
  authorization: string | undefined,
  verify: VerifyAccessToken,
): Promise<Viewer> {
  if (!authorization) return { kind: 'anonymous' }
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (!token) throw unauthenticated('The authorization header must be "Bearer <access token>".')
  try {
    return await verify(token)
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthenticated('The access token has expired.')
    if (isOutage(error)) throw serviceUnavailable('auth')
    throw unauthenticated('The access token is not valid.')
  }
}

/** jose reports an unreachable or failing key server by its bare base class; fetch by a TypeError. */
function isOutage(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return true
  if (error instanceof errors.JOSEError) return error.code === errors.JOSEError.code
  return error instanceof TypeError
}
