import type { Relations } from '@classgram/graphql'
import type { RequestContext } from './context.ts'

/** No rule in this service's SDL names a relation: who sees a profile is decided for the whole of it. */
export const relations: Relations<RequestContext> = {}
