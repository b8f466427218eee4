import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { conflict, unauthenticated } from '@classgram/errors'

/** Telegram's clocks and ours may differ by so much. */
const clockToleranceMs = 60_000

/** Fields that Telegram signed, by name. */
export type SignedFields = ReadonlyMap<string, string>

/**
 * Fields of a query string. Telegram signs them as lines `name=value`, so a line feed within a value
 * would let one field pass for two: such data is refused, and so is a name that comes twice.
 *
 * @throws UNAUTHENTICATED
 */
export function readFields(query: string): SignedFields {
  const pairs = [...new URLSearchParams(query)]
  const fields = new Map(pairs)
  if (fields.size !== pairs.length || pairs.some((pair) => pair.join('').includes('\n'))) {
    throw refused()
  }
  return fields
}

/** What Telegram signs: the fields by name, a line each, without those that are signatures. */
export function checkString(fields: SignedFields, ...without: string[]): string {
  return [...fields]
    .filter(([name]) => !without.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

/** Whether the field `hash` is the HMAC-SHA-256 of all other fields under this key. */
export function hasHash(fields: SignedFields, key: Uint8Array): boolean {
  const expected = createHmac('sha256', key).update(checkString(fields, 'hash')).digest()
  const given = Buffer.from(fields.get('hash') ?? '', 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/**
 * Asserts that `auth_date`, a Unix time, is recent enough. Ask it about verified fields only.
 *
 * @throws UNAUTHENTICATED
 */
export function assertFresh(fields: SignedFields, now: Date, maxAgeSeconds: number): void {
  const date = fields.get('auth_date') ?? ''
  if (!/^\d{1,12}$/.test(date)) throw refused()
  const ageMs = now.getTime() - Number(date) * 1000
  if (ageMs < -clockToleranceMs) throw refused()
  if (ageMs > maxAgeSeconds * 1000) {
    throw unauthenticated('What Telegram signed is too old: open the school in Telegram again.')
  }
}

/** The same for the same data however it is written and signed; tells nothing of it. */
export function fingerprintOf(fields: SignedFields): Buffer {
  return createHash('sha256')
    .update(checkString(fields, 'hash', 'signature'))
    .digest()
}

export const refused = () => unauthenticated('Telegram did not sign this.')

/**
 * For a school that was not told its bot. It is no FORBIDDEN, which here means that the person may
 * not sign in, and no SERVICE_UNAVAILABLE, which asks the client to try again.
 */
export const notOffered = () =>
  conflict('SIGN_IN_NOT_OFFERED', 'This school does not offer this way to sign in.')
