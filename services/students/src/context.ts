import { createVault, type Vault } from '@classgram/encryption'
import type { Sisters, SubgraphParts, SubgraphRequest } from '@classgram/server'
import { createAssessmentLoaders } from './assessment/loaders.ts'
import type { Config } from './config.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createTaughtLoader } from './sisters.ts'
import { createStudentLoaders } from './student/loaders.ts'

/** What lives as long as the service. */
export interface AppContext {
  db: PrismaClient
  sisters: Sisters
  vault: Vault
  clock: () => Date
}

/** What lives as long as a request. */
export type RequestContext = AppContext & SubgraphRequest & { loaders: Loaders }

type Loaders = ReturnType<typeof createLoaders>

export function createAppContext(config: Config, parts: SubgraphParts): AppContext {
  const { connection, sisters, clock } = parts
  return {
    db: new PrismaClient({ adapter: connection.adapter }),
    sisters,
    vault: createVault(config.ENCRYPTION_KEYS),
    clock,
  }
}

export function createRequestContext(app: AppContext, request: SubgraphRequest): RequestContext {
  return { ...app, ...request, loaders: createLoaders(app, request) }
}

function createLoaders({ db, sisters }: AppContext, request: SubgraphRequest) {
  return {
    ...createStudentLoaders(db),
    ...createAssessmentLoaders(db),
    /** Whether the viewer teaches the student now. */
    taughtByViewer: createTaughtLoader(sisters, request),
  }
}
