import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import type { Config } from './config.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createGroupLoaders } from './group/loaders.ts'
import { createTurns, type InTurn } from './group/turns.ts'
import { createLinks, type Links } from './invitation/links.ts'
import { createInvitationLoaders } from './invitation/loaders.ts'
import { createMemberLoaders } from './member/loaders.ts'
import { createProgressLoaders } from './progress/loaders.ts'
import { createKnownStudents } from './sisters.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  clock: () => Date
  /** Where the secret of an invitation leads to, as Telegram's links. */
  links: Links
  knownStudents: ReturnType<typeof createKnownStudents>
  /** For what crowds do. */
  inTurn: InTurn
}

/** What lives as long as a request. */
export type RequestContext = AppContext & SubgraphRequest & { loaders: Loaders }

type Loaders = ReturnType<typeof createLoaders>

export function createApp(config: Config, { connection, clock }: SubgraphParts) {
  const app: AppContext = {
    db: new PrismaClient({ adapter: connection.adapter }),
    clock,
    links: createLinks(config),
    knownStudents: createKnownStudents(),
    inTurn: createTurns(),
  }
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
