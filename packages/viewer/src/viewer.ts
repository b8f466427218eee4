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
