import { conflict } from '@classgram/errors'
import type { RequestContext } from '../context.ts'
import type { SignInWithOpenIdConnectInput } from '../generated/graphql.ts'
import { networkOf } from '../limits/network-of.ts'
import { authorOf, issueTokens, openSession, type Tokens } from '../session/open-session.ts'
import { useUp, verifyIdToken } from './id-token.ts'
import { findProvider } from './provider.ts'

/**
 * Signs in whom the provider's subject is linked to. Nothing else that the token tells, an e-mail
 * address say, leads to anybody, and nobody is made known by it.
 *
 * @throws UNAUTHENTICATED for an ID token that does not hold or was used before; FORBIDDEN for
 * somebody who may not sign in; CONFLICT: `SIGN_IN_NOT_OFFERED`, `IDENTITY_NOT_LINKED`;
 * SERVICE_UNAVAILABLE while the provider is away; RATE_LIMITED; BAD_USER_INPUT
 */
export async function signInWithOpenIdConnect(
  ctx: RequestContext,
  input: SignInWithOpenIdConnectInput,
): Promise<Tokens> {
  await ctx.limits.count('signInFromAddress', networkOf(ctx.client))
  const now = ctx.clock()
  const proof = await verifyIdToken(findProvider(ctx.openIdProviders, input.provider), now, input)
  const { provider, subject } = proof
  const identity = await ctx.db.identity.findUnique({
    where: { provider_subject: { provider, subject } },
  })
  if (!identity) throw notLinked()
  const { id, userTelegramId } = identity
  await ctx.limits.count('accountAsPerson', String(userTelegramId))
  return issueTokens(ctx, authorOf(userTelegramId, ctx), async (tx) => {
    const user = await tx.user.update({
      where: { telegramId: userTelegramId },
      data: { lastSeenAt: now },
    })
    // It may have been unlinked meanwhile.
    const { count } = await tx.identity.updateMany({
      where: { id, userTelegramId },
      data: { lastUsedAt: now },
    })
    if (count === 0) throw notLinked()
    await useUp(tx, proof)
    return openSession(tx, ctx, user, 'OPENID_CONNECT')
  })
}

/** Tells nothing about anybody but whoever holds the token. */
const notLinked = () =>
  conflict(
    'IDENTITY_NOT_LINKED',
    'Nobody has linked this account: sign in from Telegram and link it.',
  )
