import { createVault, type Vault } from '@classgram/encryption'
import { type IncomingEvent, receive } from '@classgram/events'
import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import { createAssessmentLoaders } from './assessment/loaders.ts'
import type { Config } from './config.ts'
import { onMembershipChanged } from './events/membership-changed.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createTaughtLoader } from './sisters.ts'
import { createStudentLoaders } from './student/loaders.ts'

/** What lives as long as the service. */
interface AppContext {
  db: PrismaClient
  vault: Vault
  clock: () => Date
}

/** What lives as long as a request. */
export type RequestContext = AppContext & SubgraphRequest & { loaders: Loaders }

type Loaders = ReturnType<typeof createLoaders>

export function createApp(config: Config, { connection, clock }: SubgraphParts) {
  const app: AppContext = {
    db: new PrismaClient({ adapter: connection.adapter }),
    vault: createVault(config.ENCRYPTION_KEYS),
    clock,
  }
  return {
    createContext: (request: SubgraphRequest): RequestContext => ({
      ...app,
      ...request,
      loaders: createLoaders(app, request),
    }),
    receive: (event: IncomingEvent) =>
      receive(app.db, { subscriber: 'students', subscriptions: [onMembershipChanged] }, event),
  }
}

function createLoaders({ db }: AppContext, request: SubgraphRequest) {
  return {
    ...createStudentLoaders(db),
    ...createAssessmentLoaders(db),
    /** Whether the viewer teaches the student now. */
    taughtByViewer: createTaughtLoader(request),
  }
}
