import { type Author, createSearchLine, type SearchInTurn } from '@classgram/database'
import { type IncomingEvent, receive } from '@classgram/events'
import type { Occasion, SubgraphParts, SubgraphRequest } from '@classgram/server/subgraph'
import type { Config } from './config.ts'
import { onLessonChanged } from './events/lesson-changed.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { createGroupLoaders } from './group/loaders.ts'
import { createTurns, type InTurn } from './group/turns.ts'
import { createLinks, type Links } from './invitation/links.ts'
import { createInvitationLoaders } from './invitation/loaders.ts'
import { createLessonLoaders } from './lesson/loaders.ts'
import { removePastLessons } from './lesson/remove-past-lessons.ts'
import { lapseSeatOffers } from './member/lapse-seat-offers.ts'
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
  searchInTurn: SearchInTurn
  /** For how long a seat that came free is kept for who is next in line. */
  seatOfferHours: number
}

/** What an act needs that nobody may have asked for. */
export type ActContext = AppContext & Author

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
    searchInTurn: createSearchLine('groups', connection),
    seatOfferHours: config.SEAT_OFFER_HOURS,
  }
  return {
    app,
    chores: {
      'seat offers': (occasion: Occasion) => lapseSeatOffers({ ...app, ...occasion }),
      'past lessons': (occasion: Occasion) => removePastLessons({ ...app, ...occasion }),
    },
    createContext: (request: SubgraphRequest): RequestContext => ({
      ...app,
      ...request,
      loaders: createLoaders(app, request),
    }),
    receive: (event: IncomingEvent) =>
      receive(app.db, { subscriber: 'groups', subscriptions: [onLessonChanged(clock)] }, event),
  }
}

function createLoaders({ db, clock }: AppContext, { viewer }: SubgraphRequest) {
  return {
    ...createGroupLoaders(db, viewer),
    ...createLessonLoaders(db, clock),
    ...createMemberLoaders(db),
    ...createInvitationLoaders(db),
    ...createProgressLoaders(db),
  }
}
