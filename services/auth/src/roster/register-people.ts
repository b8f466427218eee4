import { transact } from '@classgram/database'
import { badUserInput, serviceUnavailable } from '@classgram/errors'
import { parseInput } from '@classgram/graphql'
import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type { RegisterPeopleInput } from '../generated/graphql.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { sealEmail, sealPhone } from '../user/contacts.ts'
import { findUsers } from '../user/loaders.ts'
import { hex, isSameHash, type PersonPlan, planPerson, readWish, type Wish } from './plan-person.ts'

const mostPeople = 500

const rules = z.object({ people: z.array(z.bigint()).max(mostPeople) })

/**
 * Records people as students, and changes those who are known: few statements for all of them. Who is
 * refused keeps out nobody else. Of several who are given a contact that nobody has, the first gets it.
 *
 * @throws BAD_USER_INPUT for more than 500, or one twice; SERVICE_UNAVAILABLE when others keep
 * recording the same people at this moment
 */
export async function registerPeople(ctx: RequestContext, input: RegisterPeopleInput) {
  parseInput(rules, { people: input.people.map(({ telegramId }) => telegramId) })
  const wishes = input.people.map((person) => readWish(ctx, person))
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
  const holders = claims(wishes)
  for (const { hash, telegramId } of held) holders.set(hex(hash), telegramId)
  const byId = new Map(known.map((user) => [user.telegramId, user]))
  return wishes.map((wish) => planPerson(wish, byId.get(wish.telegramId), holders))
}

/** Who is the first to be given a contact, by its hash in hex. */
function claims(wishes: readonly Wish[]): Map<string, bigint> {
  const first = new Map<string, bigint>()
  for (const { telegramId, phoneHash, emailHash } of wishes) {
    for (const hash of [phoneHash, emailHash]) {
      if (hash && !first.has(hex(hash))) first.set(hex(hash), telegramId)
    }
  }
  return first
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
  // In one order, lest two imports wait for each other.
  const wishes = plans
    .map(({ wish }) => wish)
    .sort((one, other) => (one.telegramId < other.telegramId ? -1 : 1))
  await tx.user.createMany({
    data: wishes.map((wish) => ({
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
  const rows = plans.map(({ wish, before }) => {
    // A contact that stays is not sealed anew: the log would tell of a change.
    const phone = isSameHash(wish.phoneHash, before?.phoneHash) ? undefined : wish.phone
    const email = isSameHash(wish.emailHash, before?.emailHash) ? undefined : wish.email
    const { phoneCiphertext, phoneKeyId, phoneHash } = sealPhone(vault, phone)
    const { emailCiphertext, emailKeyId, emailHash } = sealEmail(vault, email)
    return {
      telegram_id: String(wish.telegramId),
      first_name: wish.firstName,
      last_name: wish.lastName,
      timezone: wish.timezone,
      phone_ciphertext: toBytea(phoneCiphertext),
      phone_key_id: phoneKeyId,
      phone_hash: toBytea(phoneHash),
      email_ciphertext: toBytea(emailCiphertext),
      email_key_id: emailKeyId,
      email_hash: toBytea(emailHash),
    }
  })
  // What a row does not name is null here, and stays as it is.
  await tx.$executeRaw`
    UPDATE users u SET
      first_name = coalesce(n.first_name, u.first_name),
      last_name = coalesce(n.last_name, u.last_name),
      timezone = coalesce(n.timezone, u.timezone),
      phone_ciphertext = coalesce(n.phone_ciphertext, u.phone_ciphertext),
      phone_key_id = coalesce(n.phone_key_id, u.phone_key_id),
      phone_hash = coalesce(n.phone_hash, u.phone_hash),
      email_ciphertext = coalesce(n.email_ciphertext, u.email_ciphertext),
      email_key_id = coalesce(n.email_key_id, u.email_key_id),
      email_hash = coalesce(n.email_hash, u.email_hash),
      updated_at = now()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n (telegram_id bigint,
      first_name text, last_name text, timezone text,
      phone_ciphertext bytea, phone_key_id text, phone_hash bytea,
      email_ciphertext bytea, email_key_id text, email_hash bytea)
    WHERE u.telegram_id = n.telegram_id`
}

function toBytea(bytes: Uint8Array | null | undefined): string | undefined {
  return bytes ? `\\x${hex(bytes)}` : undefined
}
