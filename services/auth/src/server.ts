import { createSubgraphSchema } from '@classgram/graphql'
import {
  type Env,
  type RunningServer,
  type SubgraphOverrides,
  startSubgraph,
} from '@classgram/server'
import { loadConfig } from './config.ts'
import { createAppContext, createRequestContext } from './context.ts'
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
      schema: createSubgraphSchema(typeDefs, resolvers, relations),
      createApp(parts) {
        const app = createAppContext(settings, parts)
        return {
          createContext: (request) => createRequestContext(app, request),
          routes: (http) => http.get('/.well-known/jwks.json', () => publishedKeys(app)),
        }
      },
    },
    overrides,
  )
}
