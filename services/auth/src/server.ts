import type { Env, RunningServer } from '@classgram/server'
import { type SubgraphOverrides, startSubgraph } from '@classgram/server/subgraph'
import { loadConfig } from './config.ts'
import { createApp } from './context.ts'
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
      createApp(parts) {
        const { app, createContext } = createApp(settings, parts)
        return {
          createContext,
          onStop: () => app.limits.close(),
          routes: (http) => http.get('/.well-known/jwks.json', () => publishedKeys(app)),
        }
      },
    },
    overrides,
  )
}
