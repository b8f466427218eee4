import type { Chore } from '@classgram/server/subgraph'
import type { AppContext } from '../context.ts'
import { resumeErasures } from '../privacy/resume-erasures.ts'
import { removeEndedSessions, removeExpiredCodes } from './remove-expired.ts'

/** What auth does without being asked. */
export function createChores({ db, clock }: AppContext): Record<string, Chore> {
  return {
    erasures: (occasion) => resumeErasures({ db, clock, ...occasion }),
    'ended sessions': (occasion) => removeEndedSessions({ db, clock, ...occasion }),
    'expired login codes': (occasion) => removeExpiredCodes({ db, clock, ...occasion }),
  }
}
