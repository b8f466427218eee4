import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyBaseLogger } from 'fastify'

interface RequestScope {
  requestId: string
  log: FastifyBaseLogger
}

const scope = new AsyncLocalStorage<RequestScope>()

/** Runs `next` so that everything it starts finds the request, even where no context reaches. */
export function runWithRequest(request: RequestScope, next: () => void): void {
  scope.run(request, next)
}

/** The request that is being answered, or undefined outside of one. */
export function currentRequest(): RequestScope | undefined {
  return scope.getStore()
}
