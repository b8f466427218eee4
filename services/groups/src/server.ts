import type { Env, RunningServer } from '@classgram/server'
import { type SubgraphOverrides, startSubgraph } from '@classgram/server/subgraph'
import { loadConfig } from './config.ts'
import { createApp } from './context.ts'
import { personData } from './person/person-data.ts'
import { relations } from './relations.ts'
import { resolvers, typeDefs } from './schema.ts'

/**
 * Starts the groups subgraph.
 *
 * @throws StartupError when a setting is missing or the port is taken
 */
export async function start(env: Env, overrides?: SubgraphOverrides): Promise<RunningServer> {
  const settings = loadConfig(env)
  return startSubgraph(
    {
      name: 'groups',
      settings,
      typeDefs,
      resolvers,
      relations,
      personData,
      createApp: (parts) => createApp(settings, parts),
    },
    overrides,
  )
}
