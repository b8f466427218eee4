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
}

/** On whose behalf a request is made. Services act for themselves when they ask each other. */
export type Viewer = { kind: 'anonymous' } | Person | { kind: 'service'; name: string }

/** The viewer as the audit log names them: `user:4294967301`, `service:groups`, `anonymous`. */
export function actorOf(viewer: Viewer): string {
  if (viewer.kind === 'person') return `user:${viewer.telegramId}`
  return viewer.kind === 'service' ? `service:${viewer.name}` : 'anonymous'
}

/** Whether the viewer is this very person. */
export function isPerson(viewer: Viewer, telegramId: bigint): boolean {
  return viewer.kind === 'person' && viewer.telegramId === telegramId
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'ADMIN'
}

/** Whether the viewer is this person and still a teacher: what teachers see ends with the role. */
export function isTeacher(viewer: Viewer, telegramId: bigint): boolean {
  return isPerson(viewer, telegramId) && viewer.kind === 'person' && viewer.role === 'TEACHER'
}
