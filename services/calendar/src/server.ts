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
import { resolvers, typeDefs } from './schema.ts'

/**
 * Starts the calendar subgraph.
 *
 * @throws StartupError when a setting is missing or the port is taken
 */
export async function start(env: Env, overrides?: SubgraphOverrides): Promise<RunningServer> {
  return startSubgraph(
    {
      name: 'calendar',
      settings: loadConfig(env),
      schema: createSubgraphSchema(typeDefs, resolvers, relations),
      createApp(parts) {
        const app = createAppContext(parts)
        return { createContext: (request) => createRequestContext(app, request) }
      },
    },
    overrides,
  )
}
