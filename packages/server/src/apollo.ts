import {
  ApolloServer,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type BaseContext,
} from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { formatError } from '@classgram/errors'
import type { FastifyBaseLogger } from 'fastify'
import type { GraphQLError } from 'graphql'
import { currentRequest } from './request-scope.ts'

/** An Apollo Server that speaks the school's error table and logs what it hides. */
export function createApollo<Context extends BaseContext>(
  options: ApolloServerOptions<Context> & {
    isProduction: boolean
    log: FastifyBaseLogger
    /** Shown to browsers at `/graphql`; nothing when absent. */
    landingPage?: ApolloServerPlugin<Context>
    /** Turns what a resolver threw into a coded error, where this server knows better. */
    translate?: (error: unknown) => GraphQLError | undefined
  },
): ApolloServer<Context> {
  const { isProduction, log, landingPage, translate, plugins = [], ...rest } = options
  return new ApolloServer<Context>({
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => {
      const request = currentRequest()
      const known = translate?.(unwrapResolverError(error))
      if (known) request?.log.warn({ err: error }, known.message)
      const { message, extensions } = known ?? formatted
      return formatError({ ...formatted, message, extensions }, error, {
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
