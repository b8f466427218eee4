import { z } from 'zod'

/** A Telegram id as tokens carry it: decimal text that fits Postgres' bigint. */
export const telegramIdClaim = z
  .string()
  .regex(/^[1-9]\d{0,18}$/)
  .transform(BigInt)
  .refine((id) => id < 2n ** 63n)

export const roles = ['STUDENT', 'TEACHER', 'ADMIN'] as const
export type Role = (typeof roles)[number]

export interface Person {
  kind: 'person'
  telegramId: bigint
  role: Role
  /** The session that the access token belongs to; none for a token made for development. */
  sessionId?: string | undefined
}

/** A program that signed in with credentials of its own (RFC 6749, section 4.4). */
export interface MachineClient {
  kind: 'machine'
  clientId: string
  /** What it may do, like `groups:read`; a rule in the SDL names the scopes that it is open to. */
  scopes: string[]
}

/** On whose behalf a request is made. Services act for themselves when they ask each other. */
export type Viewer =
  | { kind: 'anonymous' }
  | Person
  | MachineClient
  | { kind: 'service'; name: string }

/** The viewer as the audit log names them: `user:4294967301`, `client:website`, `service:groups`, `anonymous`. */
export function actorOf(viewer: Viewer): string {
  switch (viewer.kind) {
    case 'person':
      return `user:${viewer.telegramId}`
    case 'machine':
      return `client:${viewer.clientId}`
    case 'service':
      return `service:${viewer.name}`
    case 'anonymous':
      return 'anonymous'
  }
}

/** Whether the viewer is this very person. */
export function isPerson(viewer: Viewer, telegramId: bigint): boolean {
  return viewer.kind === 'person' && viewer.telegramId === telegramId
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'ADMIN'
}

/**
 * Whether the viewer is no participant of the school's life but runs it or serves it: whoever is let
 * in by a rule and is none of the people is not asked what they have to do with a row.
 */
export function isStaffOrProgram(viewer: Viewer): boolean {
  return isAdmin(viewer) || viewer.kind === 'service' || viewer.kind === 'machine'
}

/** Whether the viewer is this person and still a teacher: what teachers see ends with the role. */
export function isTeacher(viewer: Viewer, telegramId: bigint): boolean {
  return isPerson(viewer, telegramId) && viewer.kind === 'person' && viewer.role === 'TEACHER'
}
