import { type IncomingEvent, receive } from '@classgram/events'
import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import { onGroupChanged } from './events/group-changed.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createTeacherLoaders } from './teacher/loaders.ts'

/** What lives as long as the service. */
interface AppContext {
  db: PrismaClient
  clock: () => Date
}

/** What lives as long as a request. */
export type RequestContext = AppContext &
  SubgraphRequest & { loaders: ReturnType<typeof createTeacherLoaders> }

export function createApp({ connection, clock }: SubgraphParts) {
  const app: AppContext = { db: new PrismaClient({ adapter: connection.adapter }), clock }
  return {
    createContext: (request: SubgraphRequest): RequestContext => ({
      ...app,
      ...request,
      loaders: createTeacherLoaders(app.db),
    }),
    receive: (event: IncomingEvent) =>
      receive(app.db, { subscriber: 'teachers', subscriptions: [onGroupChanged] }, event),
  }
}
