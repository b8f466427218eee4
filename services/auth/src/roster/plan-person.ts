import { z } from 'zod'
import type { RequestContext } from '../context.ts'
import type {
  PersonInput,
  PersonRefusal,
  PersonRefusalReason,
  RegistrationOutcome,
} from '../generated/graphql.ts'
import type { User } from '../generated/prisma/client.ts'
import { hashEmail, hashPhone } from '../user/contacts.ts'
import { fields } from '../user/rules.ts'

/** A person as given, once it fits the rules of people. */
export interface Wish {
  telegramId: bigint
  firstName?: string | undefined
  lastName?: string | undefined
  phone?: string | undefined
  email?: string | undefined
  timezone?: string | undefined
  phoneHash?: Uint8Array<ArrayBuffer>
  emailHash?: Uint8Array<ArrayBuffer>
  /** What does not fit. */
  refusals: PersonRefusal[]
}

export interface PersonPlan {
  wish: Wish
  before: User | undefined
  outcome: RegistrationOutcome
  refusals: PersonRefusal[]
}

const { firstName, lastName, phone, email } = fields
const rules = { firstName: firstName.nullish(), lastName, phone, email }

/** Reads what is given field by field: each may be wrong for itself. Null and empty text are not given. */
export function readWish({ vault }: RequestContext, person: PersonInput): Wish {
  const wish: Wish = {
    telegramId: person.telegramId,
    timezone: person.timezone ?? undefined,
    refusals: [],
  }
  for (const field of ['firstName', 'lastName', 'phone', 'email'] as const) {
    const { success, data, error } = z.safeParse(rules[field], person[field])
    if (success) wish[field] = data ?? undefined
    else {
      const message = error.issues[0]?.message ?? 'not acceptable'
      wish.refusals.push({ reason: 'BAD_VALUE', field, message })
    }
  }
  if (wish.phone) wish.phoneHash = hashPhone(vault, wish.phone)
  if (wish.email) wish.emailHash = hashEmail(vault, wish.email)
  return wish
}

const phoneTaken: PersonRefusal = {
  reason: 'PHONE_TAKEN',
  field: 'phone',
  message: 'somebody else has this number.',
}
const emailTaken: PersonRefusal = {
  reason: 'EMAIL_TAKEN',
  field: 'email',
  message: 'somebody else has this address.',
}

/** Who holds a contact, or is to, by its hash in hex. */
export type Holders = ReadonlyMap<string, bigint>

/** Decides what a wish means for the person as they are. Who is as told is refused nothing. */
export function planPerson(wish: Wish, before: User | undefined, holders: Holders): PersonPlan {
  const refusals = [...wish.refusals]
  const refuse = (reason: PersonRefusalReason, field: string, message: string) =>
    refusals.push({ reason, field, message })
  if (before?.erasedAt) {
    refuse('USER_ERASED', 'telegramId', 'This person was erased.')
  } else if (before && before.role !== 'STUDENT' && isChange(wish, before)) {
    const message = 'This person has another role at the school: a roster changes students only.'
    refuse('NOT_A_STUDENT', 'telegramId', message)
  }
  if (!before && wish.firstName === undefined) {
    const isWrong = refusals.some(({ field }) => field === 'firstName')
    if (!isWrong) refuse('MISSING_VALUE', 'firstName', 'a new person needs a name.')
  }
  if (isHeldByAnother(wish.phoneHash, wish, holders)) refusals.push(phoneTaken)
  if (isHeldByAnother(wish.emailHash, wish, holders)) refusals.push(emailTaken)
  const outcome = refusals.length > 0 ? 'REFUSED' : outcomeOf(wish, before)
  return { wish, before, outcome, refusals }
}

function outcomeOf(wish: Wish, before: User | undefined): RegistrationOutcome {
  if (!before) return 'CREATED'
  return isChange(wish, before) ? 'UPDATED' : 'UNCHANGED'
}

function isHeldByAnother(
  hash: Uint8Array | undefined,
  { telegramId }: Wish,
  holders: Holders,
): boolean {
  return hash !== undefined && (holders.get(hex(hash)) ?? telegramId) !== telegramId
}

/** Contacts are compared by their hashes: sealed values of the same text differ. */
function isChange(wish: Wish, before: User): boolean {
  const isOther = (given: string | undefined, known: string | null) =>
    given !== undefined && given !== known
  const isOtherHash = (given: Uint8Array | undefined, known: Uint8Array | null) =>
    given !== undefined && !isSameHash(given, known)
  return (
    isOther(wish.firstName, before.firstName) ||
    isOther(wish.lastName, before.lastName) ||
    isOther(wish.timezone, before.timezone) ||
    isOtherHash(wish.phoneHash, before.phoneHash) ||
    isOtherHash(wish.emailHash, before.emailHash)
  )
}

export function isSameHash(
  one: Uint8Array | undefined,
  other: Uint8Array | null | undefined,
): boolean {
  return one != null && other != null && hex(one) === hex(other)
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
