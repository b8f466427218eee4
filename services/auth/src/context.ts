import { createSearchLine, type SearchInTurn } from '@classgram/database'
import { createVault, type Vault } from '@classgram/encryption'
import { createListLoader, createRowLoader } from '@classgram/graphql'
import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import type { Config } from './config.ts'
import { createConsentLoaders } from './consent/loaders.ts'
import { type Identity, PrismaClient, type Session, type User } from './generated/prisma/client.ts'
import { findIdentities } from './identity/loaders.ts'
import { createProviders, type OpenIdProviders } from './identity/provider.ts'
import { createLimits, type Limits, noLimits } from './limits/limits.ts'
import { createServiceClients, type ServiceClients } from './oauth-client/service-clients.ts'
import { createErasureLoader } from './privacy/erasures.ts'
import { findLiveSessions } from './session/loaders.ts'
import { createTaughtLoader } from './sisters.ts'
import { type TelegramTrust, telegramTrust } from './telegram/trust.ts'
import { findUsers } from './user/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  vault: Vault
  clock: () => Date
  searchInTurn: SearchInTurn
  tokenIssuer: string
  /** How many days a session outlives its last use. */
  sessionDays: number
  telegram: TelegramTrust
  openIdProviders: OpenIdProviders
  limits: Limits
  services: ServiceClients
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
    searchInTurn: createSearchLine('auth', connection),
    tokenIssuer: config.TOKEN_ISSUER,
    sessionDays: config.SESSION_DAYS,
    telegram: telegramTrust(config),
    openIdProviders: createProviders(config.OIDC_PROVIDERS),
    limits: config.RATE_LIMITS === 'on' ? createLimits(config.REDIS_URL) : noLimits,
    services: createServiceClients(config.ENVELOPE_TRUST),
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
    identities: createListLoader<bigint, Identity>(
      (people) => findIdentities(db, people),
      (identity) => identity.userTelegramId,
    ),
    ...createConsentLoaders(db),
    erasureByTelegramId: createErasureLoader(db),
    /** Whether the viewer teaches the student now. */
    taughtByViewer: createTaughtLoader(request),
  }
}
