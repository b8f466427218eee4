import type { ApolloServer } from '@apollo/server'
import { type ErrorCode, httpStatus, isErrorCode } from '@classgram/errors'
import { errorBody } from '@classgram/server'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { RequestContext } from './context.ts'
import { profileQuery, profileRange } from './profile-operation.ts'

interface Profile {
  teacher: unknown
  student: unknown
  groups: unknown
  lessons: unknown
  notifications: unknown
}

/**
 * `GET /api/user/profile/:telegram_id?from=…&to=…`: the Profile query for clients without GraphQL.
 * `from` and `to` limit the lessons (RFC 3339; four weeks around now by default). What a subgraph
 * could not tell is null, and `errors` says why, as in GraphQL.
 */
export function addProfileRoute(
  app: FastifyInstance,
  apollo: ApolloServer<RequestContext>,
  createContext: (request: FastifyRequest) => Promise<RequestContext>,
): void {
  app.get<{ Params: { telegram_id: string }; Querystring: { from?: string; to?: string } }>(
    '/api/user/profile/:telegram_id',
    async (request, reply) => {
      try {
        const variables = {
          ...profileRange(new Date()),
          ...request.query,
          telegramId: request.params.telegram_id,
        }
        const { body } = await apollo.executeOperation<{ user: Profile | null }>(
          { query: profileQuery, variables },
          { contextValue: await createContext(request) },
        )
        if (body.kind !== 'single') throw new Error('the Profile query has no incremental parts')
        const { data } = body.singleResult
        // The notifications of the query are no part of this answer, nor is what is wrong with them.
        const errors = body.singleResult.errors?.filter(({ path }) => path?.[1] !== 'notifications')
        const malformed = errors?.find((error) => error.extensions?.code === 'BAD_USER_INPUT')
        if (!data?.user || malformed) {
          const refusal = malformed ?? errors?.[0]
          return reply.status(statusOf(refusal)).send({ errors: refusal ? errors : notFound })
        }
        const { teacher, student, groups, lessons, notifications: _, ...user } = data.user
        return { user, teacher, student, groups, lessons, ...(errors?.length && { errors }) }
      } catch (error) {
        if (!(error instanceof GraphQLError) || !isErrorCode(error.extensions.code)) throw error
        const { code } = error.extensions
        return reply.status(httpStatus[code]).send(errorBody(code, error.message))
      }
    },
  )
}

const notFound = errorBody('NOT_FOUND', 'There is no such person.').errors

function statusOf(error: GraphQLFormattedError | undefined): number {
  const code = error?.extensions?.code
  return httpStatus[isErrorCode(code) ? code : ('NOT_FOUND' satisfies ErrorCode)]
}
