import { isIP } from 'node:net'
import { transact } from '@classgram/database'
import { forbidden } from '@classgram/errors'
import { signAccessToken } from '@classgram/viewer'
import type { RequestContext } from '../context.ts'
import type { SignInMethod } from '../generated/graphql.ts'
import type { Prisma, Session, User } from '../generated/prisma/client.ts'
import type { SessionRow } from '../rows.ts'
import { accessTokenSeconds, signingKey } from '../sign-in/signing-keys.ts'
import { createRefreshToken, sessionEnd } from './refresh-token.ts'

export interface Tokens {
  accessToken: string
  expiresIn: number
  refreshToken: string
  session: SessionRow
}

/** A session with a refresh token that was made for it just now, and the person as they are now. */
interface Opened {
  user: User
  session: Session
  refreshToken: string
}

/** How to write on behalf of somebody whom no token vouches for yet. */
export function authorOf(telegramId: bigint, { requestId }: RequestContext) {
  return { actor: `user:${telegramId}`, requestId }
}

/**
 * Runs `open` in one transaction on behalf of the person, and signs an access token for the outcome.
 *
 * The key is fetched before: inside, it would take a second connection while holding one, and many
 * sign-ins at once would wait for each other until none is left.
 *
 * @param open what it throws rolls everything back; an error that it gives back is thrown once what it
 * wrote is committed
 */
export async function issueTokens(
  ctx: RequestContext,
  author: { actor: string },
  open: (tx: Prisma.TransactionClient) => Promise<Opened | Error>,
): Promise<Tokens> {
  const key = await signingKey(ctx)
  const opened = await transact(ctx.db, author, open)
  if (opened instanceof Error) throw opened
  const { user, session, refreshToken } = opened
  const { telegramId, role } = user
  const person = { kind: 'person', telegramId, role, sessionId: session.id } as const
  const options = { issuer: ctx.tokenIssuer, expiresIn: accessTokenSeconds }
  const accessToken = await signAccessToken(person, options, key)
  return { accessToken, expiresIn: accessTokenSeconds, refreshToken, session }
}

/**
 * Opens a session for somebody who has just proved who they are.
 *
 * @throws FORBIDDEN for somebody whose account was shut or erased
 */
export async function openSession(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  user: User,
  method: SignInMethod,
): Promise<Opened> {
  assertMaySignIn(user)
  const now = ctx.clock()
  const session = await tx.session.create({
    data: {
      userTelegramId: user.telegramId,
      method,
      userAgent: ctx.client?.userAgent ?? null,
      ipAddress: storableAddress(ctx.client?.address),
      createdAt: now,
      lastUsedAt: now,
      expiresAt: sessionEnd(ctx, now),
    },
  })
  const { token } = await createRefreshToken(tx, session)
  return { user, session, refreshToken: token }
}

/** Postgres' inet knows no zones, as in `fe80::1%eth0`. */
function storableAddress(address = ''): string | null {
  const [ip = ''] = address.split('%')
  return isIP(ip) ? ip : null
}

/** @throws FORBIDDEN for somebody whose account was shut or erased */
export function assertMaySignIn({ isActive, erasedAt }: User): void {
  if (!isActive || erasedAt) throw forbidden('This person may not sign in.')
}
