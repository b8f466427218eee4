import type { Role, Viewer } from '@classgram/viewer'

export const anonymous: Viewer = { kind: 'anonymous' }
export const service = (name: string): Viewer => ({ kind: 'service', name })
export const machine = (...scopes: string[]): Viewer => ({
  kind: 'machine',
  clientId: 'integration',
  scopes,
})
export const student = (telegramId: bigint, sessionId?: string): Viewer =>
  person('STUDENT', telegramId, sessionId)
export const teacher = (telegramId: bigint): Viewer => person('TEACHER', telegramId)
export const admin = (telegramId = 9_000_000_001n): Viewer => person('ADMIN', telegramId)

function person(role: Role, telegramId: bigint, sessionId?: string): Viewer {
  return { kind: 'person', role, telegramId, sessionId }
}
