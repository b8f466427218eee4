import { type IncomingEvent, receive } from '@classgram/events'
import type { SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import type { Viewer } from '@classgram/viewer'
import { createAbsenceLoaders } from './absence/loaders.ts'
import { createAvailabilityLoaders } from './availability/loaders.ts'
import { onGroupChanged, onGroupOver } from './events/group-changed.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createLessonLoaders } from './lesson/loaders.ts'
import { createScheduleLoaders } from './schedule/loaders.ts'

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
  const subscriptions = [onGroupChanged, onGroupOver(clock)]
  return {
    createContext: (request: SubgraphRequest): RequestContext => ({
      ...app,
      ...request,
      loaders: createLoaders(app.db, request.viewer),
    }),
    receive: (event: IncomingEvent) =>
      receive(app.db, { subscriber: 'calendar', subscriptions }, event),
  }
}

function createLoaders(db: PrismaClient, viewer: Viewer) {
  return {
    ...createLessonLoaders(db, viewer),
    ...createScheduleLoaders(db),
    ...createAbsenceLoaders(db),
    ...createAvailabilityLoaders(db),
  }
}
