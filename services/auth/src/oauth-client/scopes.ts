/** What a program can be granted: every scope that a rule in the SDL of a subgraph names. */
export const scopes = [
  'calendar:read',
  'contacts:read',
  'groups:read',
  'login-codes:create',
  'notifications:create',
  'people:read',
  'students:read',
] as const

export type Scope = (typeof scopes)[number]
