import { createHash, randomBytes } from 'node:crypto'
import type { AppContext } from '../context.ts'
import type { Prisma, RefreshToken } from '../generated/prisma/client.ts'

const day = 24 * 60 * 60 * 1000

/** What a token is stored and found by. It is random enough to need neither key nor salt. */
export function hashRefreshToken(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(token).digest())
}

/** When a session that is used now ends by itself. */
export function sessionEnd({ sessionDays }: AppContext, now: Date): Date {
  return new Date(now.getTime() + sessionDays * day)
}

/** A new refresh token of the session; its text is nowhere but in what this returns. */
export async function createRefreshToken(
  tx: Prisma.TransactionClient,
  session: { id: string; expiresAt: Date },
): Promise<{ token: string; row: RefreshToken }> {
  const token = randomBytes(32).toString('base64url')
  const row = await tx.refreshToken.create({
    data: {
      sessionId: session.id,
      tokenHash: hashRefreshToken(token),
      expiresAt: session.expiresAt,
    },
  })
  return { token, row }
}
