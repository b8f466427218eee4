import type { Env, RunningServer } from '@classgram/server'
import { type SubgraphOverrides, startSubgraph } from '@classgram/server/subgraph'
import { loadConfig } from './config.ts'
import { createApp } from './context.ts'
import { createChores } from './housekeeping/chores.ts'
import { serverMetadata } from './oauth-client/metadata.ts'
import { tokenRoute } from './oauth-client/token-route.ts'
import { personData } from './privacy/person-data.ts'
import { relations } from './relations.ts'
import { createSchemaParts } from './schema.ts'
import { publishedKeys } from './sign-in/signing-keys.ts'

/**
 * Starts the auth subgraph.
 *
 * @throws StartupError when a setting is missing or the port is taken
 */
export async function start(env: Env, overrides?: SubgraphOverrides): Promise<RunningServer> {
  const settings = loadConfig(env)
  const isProduction = settings.NODE_ENV === 'production'
  const { typeDefs, resolvers } = createSchemaParts({ isProduction })
  return startSubgraph(
    {
      name: 'auth',
      settings,
      typeDefs,
      resolvers,
      relations,
      personData,
      createApp(parts) {
        const { app, createContext } = createApp(settings, parts)
        return {
          createContext,
          chores: createChores(app),
          onStop: () => app.limits.close(),
          routes(http, open) {
            http.get('/.well-known/jwks.json', () => publishedKeys(app))
            http.get('/.well-known/oauth-authorization-server', async () =>
              serverMetadata(app.tokenIssuer),
            )
            tokenRoute(createContext)(http, open)
          },
        }
      },
    },
    overrides,
  )
}
