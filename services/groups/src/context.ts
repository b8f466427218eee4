import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import { PrismaClient } from './generated/prisma/client.ts'
import { createGroupLoaders } from './group/loaders.ts'
import { createInvitationLoaders } from './invitation/loaders.ts'
import { createMemberLoaders } from './member/loaders.ts'
import { createProgressLoaders } from './progress/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
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
      loaders: createLoaders(app, request),
    }),
  }
}

function createLoaders({ db }: AppContext, { viewer }: SubgraphRequest) {
  return {
    ...createGroupLoaders(db, viewer),
    ...createMemberLoaders(db),
    ...createInvitationLoaders(db),
    ...createProgressLoaders(db),
  }
}
