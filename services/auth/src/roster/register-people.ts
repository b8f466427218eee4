import { transact } from '@classgram/database'
import { badUserInput, serviceUnavailable } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RegisterPeopleInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { sealEmail, sealPhone } from '../user/contacts.ts'
import { findUsers } from '../user/loaders.ts'
import { hex, type PersonPlan, planPerson, readWish, type Wish } from './plan-person.ts'

const mostPeople = 500

const rules = z.object({ people: z.array(z.any()).max(mostPeople) })

/**
 * Records people as students, and changes those who are known: few statements for all of them. Who is
 * refused keeps out nobody else.
 *
 * @throws BAD_USER_INPUT for more than 500, or one twice; SERVICE_UNAVAILABLE when others keep
 * recording the same people at this moment
 */
export async function registerPeople(ctx: RequestContext, input: RegisterPeopleInput) {
  parseInput(rules, input)
  // In one order, lest two imports wait for each other.
  const wishes = input.people
    .map((person) => readWish(ctx, person))
    .sort((one, other) => (one.telegramId < other.telegramId ? -1 : 1))
  if (new Set(wishes.map(({ telegramId }) => telegramId)).size < wishes.length) {
    throw badUserInput('input.people', 'Somebody is named twice.')
  }
  const plans = input.isDryRun ? await planPeople(ctx.db, wishes) : await write(ctx, wishes)
  return { people: plans.map(toRegistered) }
}

function toRegistered({ wish, before, outcome, refusals }: PersonPlan) {
  return {
    telegramId: wish.telegramId,
    outcome,
    refusals,
    role: before?.role ?? ('STUDENT' as const),
    isActive: before?.isActive ?? true,
    timezone: wish.timezone ?? before?.timezone ?? 'UTC',
  }
}

async function planPeople(
  db: Pick<Prisma.TransactionClient, '$queryRaw'>,
  wishes: readonly Wish[],
): Promise<PersonPlan[]> {
  const known = await findUsers(
    db,
    wishes.map(({ telegramId }) => telegramId),
  )
  const hashesOf = (field: 'phoneHash' | 'emailHash') => wishes.flatMap((wish) => wish[field] ?? [])
  const held = await db.$queryRaw<{ hash: Uint8Array; telegramId: bigint }[]>`
    SELECT phone_hash AS hash, telegram_id AS "telegramId" FROM users
    WHERE phone_hash = ANY(${hashesOf('phoneHash')}::bytea[])
    UNION ALL
    SELECT email_hash, telegram_id FROM users
    WHERE email_hash = ANY(${hashesOf('emailHash')}::bytea[])`
  const holders = new Map(held.map(({ hash, telegramId }) => [hex(hash), telegramId]))
  const byId = new Map(known.map((user) => [user.telegramId, user]))
  return wishes.map((wish) => planPerson(wish, byId.get(wish.telegramId), holders))
}

/** Somebody else recorded one of the people, or took a contact, between looking and writing. */
class RacedError extends Error {
  override name = 'RacedError'
}

const mostAttempts = 3
const raced = () => new RacedError()
const races = {
  users_telegram_id_key: raced,
  users_phone_hash_key: raced,
  users_email_hash_key: raced,
}

async function write(ctx: RequestContext, wishes: readonly Wish[]): Promise<PersonPlan[]> {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    try {
      return await transact(ctx.db, ctx, (tx) => writeAll(tx, ctx, wishes), races)
    } catch (error) {
      // Whoever looks again sees what the other did.
      if (!(error instanceof RacedError)) throw error
    }
  }
  throw serviceUnavailable('auth')
}

async function writeAll(
  tx: Prisma.TransactionClient,
  ctx: RequestContext,
  wishes: readonly Wish[],
): Promise<PersonPlan[]> {
  // An erasure comes before this, or after it.
  await tx.$executeRaw`
    SELECT FROM users WHERE telegram_id = ANY(${wishes.map(({ telegramId }) => telegramId)}::bigint[])
    ORDER BY telegram_id FOR NO KEY UPDATE`
  const plans = await planPeople(tx, wishes)
  const created = plans.filter(({ outcome }) => outcome === 'CREATED')
  const updated = plans.filter(({ outcome }) => outcome === 'UPDATED')
  if (created.length > 0) await create(tx, ctx, created)
  if (updated.length > 0) await update(tx, ctx, updated)
  return plans
}

async function create(
  tx: Prisma.TransactionClient,
  { vault }: RequestContext,
  plans: readonly PersonPlan[],
): Promise<void> {
  await tx.user.createMany({
    data: plans.map(({ wish }) => ({
      telegramId: wish.telegramId,
      firstName: wish.firstName ?? '',
      lastName: wish.lastName ?? null,
      ...(wish.timezone && { timezone: wish.timezone }),
      ...sealPhone(vault, wish.phone),
      ...sealEmail(vault, wish.email),
    })),
  })
}

async function update(
  tx: Prisma.TransactionClient,
  { vault }: RequestContext,
  plans: readonly PersonPlan[],
): Promise<void> {
  // A contact that stays is not sealed anew: the log would tell of a change.
  const rows = plans.map(({ wish, before }) => {
    const isSame = (hash: Uint8Array | undefined, known: Uint8Array | null | undefined) =>
      hash && known && hex(hash) === hex(known)
    const phone = isSame(wish.phoneHash, before?.phoneHash) ? undefined : wish.phone
    const email = isSame(wish.emailHash, before?.emailHash) ? undefined : wish.email
    return { ...wish, ...sealPhone(vault, phone), ...sealEmail(vault, email) }
  })
  const column = <Value>(read: (row: (typeof rows)[number]) => Value | null | undefined) =>
    rows.map((row) => read(row) ?? null)
  const contact = (read: (row: (typeof rows)[number]) => Uint8Array | null | undefined) =>
    column((row) => {
      const bytes = read(row)
      return bytes && hex(bytes)
    })
  await tx.$executeRaw`
    UPDATE users u SET
      first_name = coalesce(n.first_name, u.first_name),
      last_name = coalesce(n.last_name, u.last_name),
      timezone = coalesce(n.timezone, u.timezone),
      phone_ciphertext = coalesce(decode(n.phone_ciphertext, 'hex'), u.phone_ciphertext),
      phone_key_id = coalesce(n.phone_key_id, u.phone_key_id),
      phone_hash = coalesce(decode(n.phone_hash, 'hex'), u.phone_hash),
      email_ciphertext = coalesce(decode(n.email_ciphertext, 'hex'), u.email_ciphertext),
      email_key_id = coalesce(n.email_key_id, u.email_key_id),
      email_hash = coalesce(decode(n.email_hash, 'hex'), u.email_hash),
      updated_at = now()
    FROM unnest(
      ${column((row) => row.telegramId)}::bigint[], ${column((row) => row.firstName)}::text[],
      ${column((row) => row.lastName)}::text[], ${column((row) => row.timezone)}::text[],
      ${contact((row) => ('phoneCiphertext' in row ? row.phoneCiphertext : null))}::text[],
      ${column((row) => ('phoneKeyId' in row ? row.phoneKeyId : null))}::text[],
      ${contact((row) => ('phoneCiphertext' in row ? row.phoneHash : null))}::text[],
      ${contact((row) => ('emailCiphertext' in row ? row.emailCiphertext : null))}::text[],
      ${column((row) => ('emailKeyId' in row ? row.emailKeyId : null))}::text[],
      ${contact((row) => ('emailCiphertext' in row ? row.emailHash : null))}::text[]
    ) AS n (telegram_id, first_name, last_name, timezone, phone_ciphertext, phone_key_id, phone_hash,
      email_ciphertext, email_key_id, email_hash)
    WHERE u.telegram_id = n.telegram_id`
}
