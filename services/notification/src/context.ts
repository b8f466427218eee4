import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import { PrismaClient } from './generated/prisma/client.ts'
import { createLogLoaders } from './log/loaders.ts'
import { createNotificationLoaders } from './notification/loaders.ts'
import { createPersonLoaders } from './person/loaders.ts'
import { createSettingLoaders } from './setting/loaders.ts'

/** What lives as long as the service. */
interface AppContext {
  db: PrismaClient
  clock: () => Date
}

/** What lives as long as a request. */
export type RequestContext = AppContext & SubgraphRequest & { loaders: Loaders }

type Loaders = ReturnType<typeof createLoaders>

export function createApp({ connection, clock }: SubgraphParts) {
  const app: AppContext = { db: new PrismaClient({ adapter: connection.adapter }), clock }
  return {
    createContext: (request: SubgraphRequest): RequestContext => ({
      ...app,
      ...request,
      loaders: createLoaders(app.db),
    }),
  }
}

function createLoaders(db: PrismaClient) {
  return {
    ...createNotificationLoaders(db),
    ...createLogLoaders(db),
    ...createSettingLoaders(db),
    ...createPersonLoaders(db),
  }
}
