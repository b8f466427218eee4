import type { ApolloServerPlugin } from '@apollo/server'
import { serviceUnavailable } from '@classgram/errors'
import type { Role, Viewer } from '@classgram/viewer'
import { type RequestContext, withViewer } from './context.ts'
import type { SubgraphDataSource } from './subgraph-data-source.ts'

const query = '{ standing { role scopes } }'

/**
 * Before a mutation asks auth what the viewer is now: a token goes on saying for minutes what was
 * true when it was made. Who was signed out, shut out or erased writes as nobody, a changed role or
 * scope counts at once. While auth or its database is away nobody writes.
 *
 * @throws SERVICE_UNAVAILABLE when auth cannot tell: that makes nobody a stranger
 */
export function currentStanding(auth: SubgraphDataSource): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, contextValue }) {
          const { viewer } = contextValue
          if (operation?.operation !== 'mutation' || viewer.kind === 'anonymous') return
          const { data, errors } = await auth.ask({ query }, contextValue)
          if (!data || errors) throw serviceUnavailable('auth')
          const standing = data.standing as Standing | null
          Object.assign(contextValue, withViewer(contextValue, asOfNow(viewer, standing)))
        },
      }
    },
  }
}

/** A person stands by a role, a program by scopes. */
interface Standing {
  role: Role | null
  scopes: string[] | null
}

function asOfNow(viewer: Viewer, standing: Standing | null): Viewer {
  if (viewer.kind === 'person' && standing?.role) return { ...viewer, role: standing.role }
  if (viewer.kind === 'machine' && standing?.scopes) {
    const scopes = viewer.scopes.filter((scope) => standing.scopes?.includes(scope))
    return { ...viewer, scopes }
  }
  return { kind: 'anonymous' }
}
