import {
  ApolloServer,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type BaseContext,
} from '@apollo/server'
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { formatError } from '@classgram/errors'
import type { FastifyBaseLogger } from 'fastify'
import { currentRequest } from './request-scope.ts'

/** An Apollo Server that speaks the school's error table and logs what it hides. */
export function createApollo<Context extends BaseContext>(
  options: ApolloServerOptions<Context> & {
    isProduction: boolean
    log: FastifyBaseLogger
    /** Shown to browsers at `/graphql`; nothing when absent. */
    landingPage?: ApolloServerPlugin<Context>
  },
): ApolloServer<Context> {
  const { isProduction, log, landingPage, plugins = [], ...rest } = options
  return new ApolloServer<Context>({
    introspection: !isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => {
      const request = currentRequest()
      return formatError(formatted, error, {
        requestId: request?.requestId,
        onInternal: (cause) => (request?.log ?? log).error({ err: cause }, 'internal error'),
      })
    },
    plugins: [
      ApolloServerPluginInlineTraceDisabled(),
      ...(landingPage ? [landingPage] : [ApolloServerPluginLandingPageDisabled()]),
      ...plugins,
    ],
    ...rest,
  } as ApolloServerOptions<Context>)
}
