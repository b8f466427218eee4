import type { Relations } from '@classgram/graphql'
import type { Viewer } from '@classgram/viewer'
import type { RequestContext } from './context.ts'

export function isPerson(viewer: Viewer, telegramId: bigint): boolean {
  return viewer.kind === 'person' && viewer.telegramId === telegramId
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'ADMIN'
}

/** No rule in this service's SDL names a relation: who sees a profile is decided for the whole of it. */
export const relations: Relations<RequestContext> = {}
