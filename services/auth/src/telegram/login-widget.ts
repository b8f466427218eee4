import { createHash } from 'node:crypto'
import type { Vouched } from './launch-data.ts'
import { readPerson } from './person.ts'
import {
  assertFresh,
  fingerprintOf,
  hasHash,
  notOffered,
  readFields,
  refused,
} from './signed-fields.ts'
import type { TelegramTrust } from './trust.ts'

/**
 * Verifies what Telegram's Login Widget gave a web page.
 *
 * Source of the rule: https://core.telegram.org/widgets/login#checking-authorization
 *
 * @param data the fields as a query string
 * @throws UNAUTHENTICATED when it does not hold; CONFLICT `SIGN_IN_NOT_OFFERED` without the bot's token
 */
export function verifyLoginWidget(trust: TelegramTrust, now: Date, data: string): Vouched {
  const { botToken, maxAgeSeconds } = trust
  if (botToken === undefined) throw notOffered()
  const fields = readFields(data)
  if (!hasHash(fields, createHash('sha256').update(botToken).digest())) throw refused()
  assertFresh(fields, now, maxAgeSeconds)
  return { person: readPerson(Object.fromEntries(fields)), fingerprint: fingerprintOf(fields) }
}
