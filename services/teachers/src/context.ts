import type { Sisters, SubgraphParts, SubgraphRequest } from '@classgram/server'
import { PrismaClient } from './generated/prisma/client.ts'
import { createTeacherLoaders } from './teacher/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  sisters: Sisters
  clock: () => Date
}

/** What lives as long as a request. */
export type RequestContext = AppContext &
  SubgraphRequest & { loaders: ReturnType<typeof createTeacherLoaders> }

export function createAppContext({ connection, sisters, clock }: SubgraphParts): AppContext {
  return { db: new PrismaClient({ adapter: connection.adapter }), sisters, clock }
}

export function createRequestContext(app: AppContext, request: SubgraphRequest): RequestContext {
  return { ...app, ...request, loaders: createTeacherLoaders(app.db) }
}
