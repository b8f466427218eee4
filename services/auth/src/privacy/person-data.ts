import { readPersonRows } from '@classgram/database'
import type { PersonData } from '@classgram/server/subgraph'
import type { RequestContext } from '../context.ts'
import { erasePersonData } from './erase-person-data.ts'

/** This service among those that are asked. */
export const ownName = 'auth'

/** What this service tells a person about themselves, and how it forgets them. */
export const personData: PersonData<RequestContext> = {
  read: ({ db, vault }, telegramId) => readPersonRows(db, telegramId, vault),
  erase: erasePersonData,
}
