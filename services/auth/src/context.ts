import { createVault, type Vault } from '@classgram/encryption'
import { createListLoader, createRowLoader } from '@classgram/graphql'
import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import type { Config } from './config.ts'
import { PrismaClient, type Session, type User } from './generated/prisma/client.ts'
import { createLimits, type Limits, noLimits } from './limits/limits.ts'
import { findLiveSessions } from './session/loaders.ts'
import { createTaughtLoader } from './sisters.ts'
import { type TelegramTrust, telegramTrust } from './telegram/trust.ts'
import { findUsers } from './user/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  vault: Vault
  clock: () => Date
  tokenIssuer: string
  /** How many days a session outlives its last use. */
  sessionDays: number
  telegram: TelegramTrust
  limits: Limits
  /** Who becomes an administrator at the first sign-in. */
  adminTelegramIds: ReadonlySet<bigint>
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
    sessionDays: config.SESSION_DAYS,
    telegram: telegramTrust(config),
    limits: config.RATE_LIMITS === 'on' ? createLimits(config.REDIS_URL) : noLimits,
    adminTelegramIds: new Set(config.ADMIN_TELEGRAM_IDS),
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

function createLoaders({ db, clock }: AppContext, request: SubgraphRequest) {
  return {
    userByTelegramId: createRowLoader<bigint, User>(
      (ids) => findUsers(db, ids),
      (user) => user.telegramId,
    ),
    liveSessions: createListLoader<bigint, Session>(
      (people) => findLiveSessions(db, people, clock()),
      (session) => session.userTelegramId,
    ),
    /** Whether the viewer teaches the student now. */
    taughtByViewer: createTaughtLoader(request),
  }
}
