import type { Role, Viewer } from '@classgram/viewer'

export const anonymous: Viewer = { kind: 'anonymous' }
export const service = (name: string): Viewer => ({ kind: 'service', name })
export const student = (telegramId: bigint): Viewer => person('STUDENT', telegramId)
export const teacher = (telegramId: bigint): Viewer => person('TEACHER', telegramId)
export const admin = (telegramId = 9_000_000_001n): Viewer => person('ADMIN', telegramId)

function person(role: Role, telegramId: bigint): Viewer {
  return { kind: 'person', role, telegramId }
}
