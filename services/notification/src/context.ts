import type { Sisters, SubgraphParts, SubgraphRequest } from '@classgram/server'
import { PrismaClient } from './generated/prisma/client.ts'
import { createLogLoaders } from './log/loaders.ts'
import { createNotificationLoaders } from './notification/loaders.ts'
import { createPersonLoaders } from './person/loaders.ts'
import { createSettingLoaders } from './setting/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  sisters: Sisters
  clock: () => Date
}

/** What lives as long as a request. */
export type RequestContext = AppContext & SubgraphRequest & { loaders: Loaders }

type Loaders = ReturnType<typeof createLoaders>

export function createAppContext({ connection, sisters, clock }: SubgraphParts): AppContext {
  return { db: new PrismaClient({ adapter: connection.adapter }), sisters, clock }
}

export function createRequestContext(app: AppContext, request: SubgraphRequest): RequestContext {
  return { ...app, ...request, loaders: createLoaders(app) }
}

function createLoaders({ db }: AppContext) {
  return {
    ...createNotificationLoaders(db),
    ...createLogLoaders(db),
    ...createSettingLoaders(db),
    ...createPersonLoaders(db),
  }
}
