import type { Sisters, SubgraphParts, SubgraphRequest } from '@classgram/server'
import { createAbsenceLoaders } from './absence/loaders.ts'
import { createAvailabilityLoaders } from './availability/loaders.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createLessonLoaders } from './lesson/loaders.ts'
import { createScheduleLoaders } from './schedule/loaders.ts'

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
  return { ...app, ...request, loaders: createLoaders(app, request) }
}

function createLoaders({ db }: AppContext, { viewer }: SubgraphRequest) {
  return {
    ...createLessonLoaders(db, viewer),
    ...createScheduleLoaders(db),
    ...createAbsenceLoaders(db),
    ...createAvailabilityLoaders(db),
  }
}
