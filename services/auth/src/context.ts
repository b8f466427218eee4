import { createVault, type Vault } from '@classgram/encryption'
import { createRowLoader } from '@classgram/graphql'
import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import type { Config } from './config.ts'
import { PrismaClient, type User } from './generated/prisma/client.ts'
import { createTaughtLoader } from './sisters.ts'
import { findUsers } from './user/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  vault: Vault
  clock: () => Date
  tokenIssuer: string
}

/** What lives as long as a request. */
export type RequestContext = AppContext & SubgraphRequest & { loaders: Loaders }

type Loaders = ReturnType<typeof createLoaders>

export function createApp(config: Config, { connection, clock }: SubgraphParts) {
  const app: AppContext = {
    db: new PrismaClient({ adapter: connection.adapter }),
    vault: createVault(config.ENCRYPTION_KEYS),
    clock,
    tokenIssuer: config.TOKEN_ISSUER,
  }
  return {
    app,
    createContext: (request: SubgraphRequest): RequestContext => ({
      ...app,
      ...request,
      loaders: createLoaders(app, request),
    }),
  }
}

function createLoaders({ db }: AppContext, request: SubgraphRequest) {
  return {
    userByTelegramId: createRowLoader<bigint, User>(
      (ids) => findUsers(db, ids),
      (user) => user.telegramId,
    ),
    /** Whether the viewer teaches the student now. */
    taughtByViewer: createTaughtLoader(request),
  }
}
