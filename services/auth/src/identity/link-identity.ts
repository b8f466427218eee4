import { transact } from '@classgram/database'
import { conflict, notFound, unauthenticated } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { AddIdentityInput, LinkIdentityInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { IdentityRow } from '../rows.ts'
import { assertCurrent } from '../user/assert-current.ts'
import { lockPerson } from '../user/lock-person.ts'
import { useUp, verifyIdToken } from './id-token.ts'
import { findProvider } from './provider.ts'
import { subject } from './subject.ts'

/** As many identities as a person may have: whoever lists them gets all. */
const mostIdentities = 20

/**
 * Links the provider's subject to whoever is signed in. Once it is linked to them, linking it again
 * changes nothing.
 *
 * @throws UNAUTHENTICATED for an ID token that does not hold, or was used before for anything else;
 * CONFLICT: `SIGN_IN_NOT_OFFERED`, `IDENTITY_TAKEN`, `TOO_MANY_IDENTITIES`; FORBIDDEN when the
 * account was shut meanwhile; SERVICE_UNAVAILABLE while the provider is away; RATE_LIMITED;
 * BAD_USER_INPUT
 */
export async function linkIdentity(
  ctx: RequestContext,
  input: LinkIdentityInput,
): Promise<{ identity: IdentityRow }> {
  const { viewer } = ctx
  if (viewer.kind !== 'person') throw unauthenticated()
  const { telegramId } = viewer
  await ctx.limits.count('linkAsPerson', String(telegramId))
  const provider = findProvider(ctx.openIdProviders, input.provider)
  const proof = await verifyIdToken(provider, ctx.clock(), input)
  const identity = await transact(ctx.db, ctx, async (tx) => {
    // Links of one person come one after the other: they are counted.
    await lockPerson(tx, telegramId)
    await assertCurrent(tx, viewer)
    const { isNew, ...linked } = await link(tx, telegramId, proof)
    if (isNew) await useUp(tx, proof)
    return linked
  })
  return { identity }
}

/**
 * Links a provider's subject to somebody who is known already, on an administrator's word.
 *
 * @throws BAD_USER_INPUT; NOT_FOUND; CONFLICT: `SIGN_IN_NOT_OFFERED`, `USER_ERASED`,
 * `IDENTITY_TAKEN`, `TOO_MANY_IDENTITIES`
 */
export async function addIdentity(
  ctx: RequestContext,
  input: AddIdentityInput,
): Promise<{ identity: IdentityRow }> {
  const { telegramId } = input
  const { name: provider } = findProvider(ctx.openIdProviders, input.provider)
  const named = parseInput(z.object({ subject }), input)
  const identity = await transact(ctx.db, ctx, async (tx) => {
    await assertCurrent(tx, ctx.viewer)
    const person = await lockPerson(tx, telegramId)
    if (!person) throw notFound('user', telegramId)
    if (person.isErased) throw conflict('USER_ERASED', 'This person was erased.')
    const { isNew: _, ...linked } = await link(tx, telegramId, { provider, ...named })
    return linked
  })
  return { identity }
}

/**
 * One statement, so that of many people at once who claim one subject the first gets it.
 *
 * @throws CONFLICT: `IDENTITY_TAKEN`, `TOO_MANY_IDENTITIES`
 */
async function link(
  tx: Prisma.TransactionClient,
  telegramId: bigint,
  { provider, subject }: { provider: string; subject: string },
): Promise<IdentityRow & { isNew: boolean }> {
  const [row] = await tx.$queryRaw<(IdentityRow & { isNew: boolean })[]>`
    INSERT INTO identities (user_telegram_id, provider, subject)
    VALUES (${telegramId}, ${provider}, ${subject})
    ON CONFLICT (provider, subject) DO UPDATE SET subject = excluded.subject
    RETURNING new.id, new.user_telegram_id AS "userTelegramId", new.provider, new.subject,
      new.last_used_at AS "lastUsedAt", new.created_at AS "createdAt",
      new.updated_at AS "updatedAt", old.id IS NULL AS "isNew"`
  if (row?.userTelegramId !== telegramId) {
    throw conflict('IDENTITY_TAKEN', 'This account is linked to somebody else.')
  }
  if (
    row.isNew &&
    (await tx.identity.count({ where: { userTelegramId: telegramId } })) > mostIdentities
  ) {
    throw conflict('TOO_MANY_IDENTITIES', `Nobody has more than ${mostIdentities} accounts linked.`)
  }
  return row
}
