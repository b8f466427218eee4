import type { ApolloServerPlugin } from '@apollo/server'
import { badUserInput, httpStatus } from '@classgram/errors'
import { GraphQLError } from 'graphql'

/** Input objects are three levels deep; what is much deeper only means to overflow a stack. */
const maxNesting = 20

/** Refuses requests that the gateway library would answer with an error of its own making. */
export const soundRequests: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, request }) {
        if (!operation) {
          refuse(
            'operationName',
            'The document has no operation of that name, or several and none named.',
          )
        }
        if (operation?.operation === 'subscription') {
          refuse('query', 'Subscriptions are not served here.')
        }
        if (!isShallow(request.variables, maxNesting)) {
          refuse('variables', `Variables may be nested ${maxNesting} levels deep.`)
        }
      },
    }
  },
}

function refuse(field: string, message: string): never {
  const { extensions } = badUserInput(field, message)
  const http = { status: httpStatus.BAD_USER_INPUT }
  throw new GraphQLError(message, { extensions: { ...extensions, http } })
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1))
}
