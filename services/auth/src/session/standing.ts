import type { RequestContext } from '../context.ts'

/** What a viewer is now, whatever their token says. */
export interface Standing {
  role?: 'STUDENT' | 'TEACHER' | 'ADMIN'
  scopes?: string[]
}

/**
 * @returns a person's present role or a program's present scopes; null for who is nobody (any more):
 * shut out, erased, signed out, expired
 */
export async function readStanding(ctx: RequestContext): Promise<Standing | null> {
  const { db, viewer, clock, services } = ctx
  if (viewer.kind === 'person') {
    const { telegramId, sessionId } = viewer
    const live = { some: { id: sessionId, revokedAt: null, expiresAt: { gt: clock() } } }
    return db.user.findFirst({
      where: { telegramId, isActive: true, erasedAt: null, ...(sessionId && { sessions: live }) },
      select: { role: true },
    })
  }
  if (viewer.kind === 'machine') {
    const { clientId } = viewer
    const ofService = services.scopesOf(clientId)
    if (ofService) return { scopes: [...ofService] }
    return db.oauthClient.findFirst({
      where: {
        clientId,
        isActive: true,
        OR: [{ expiresAt: null }, { expiresAt: { gt: clock() } }],
      },
      select: { scopes: true },
    })
  }
  return null
}
