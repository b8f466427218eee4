import { createHmac, verify } from 'node:crypto'
import { readPerson, type TelegramPerson } from './person.ts'
import {
  assertFresh,
  checkString,
  fingerprintOf,
  hasHash,
  notOffered,
  readFields,
  refused,
  type SignedFields,
} from './signed-fields.ts'
import type { TelegramTrust } from './trust.ts'

/** Somebody for whom Telegram vouches, and what the data that says so is recognised by. */
export interface Vouched {
  person: TelegramPerson
  fingerprint: Buffer
}

/**
 * Verifies a Mini App's launch data, `Telegram.WebApp.initData`: by its HMAC where the bot's token is
 * known, else by its Ed25519 signature, for which the bot's id is enough.
 *
 * Sources of the rules: https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 * and https://core.telegram.org/bots/webapps#validating-data-for-third-party-use
 *
 * @throws UNAUTHENTICATED when it does not hold; CONFLICT `SIGN_IN_NOT_OFFERED` without a bot
 */
export function verifyLaunchData(trust: TelegramTrust, now: Date, initData: string): Vouched {
  const { botToken, botId } = trust
  if (botToken === undefined && botId === undefined) throw notOffered()
  const fields = readFields(initData)
  const holds =
    botToken === undefined
      ? hasSignature(fields, `${botId}`, trust)
      : hasHash(fields, createHmac('sha256', 'WebAppData').update(botToken).digest())
  if (!holds) throw refused()
  assertFresh(fields, now, trust.maxAgeSeconds)
  return { person: readPerson(parseUser(fields)), fingerprint: fingerprintOf(fields) }
}

function hasSignature(fields: SignedFields, botId: string, { publicKey }: TelegramTrust): boolean {
  const signed = `${botId}:WebAppData\n${checkString(fields, 'hash', 'signature')}`
  const signature = Buffer.from(fields.get('signature') ?? '', 'base64url')
  return verify(null, Buffer.from(signed), publicKey, signature)
}

function parseUser(fields: SignedFields): unknown {
  try {
    return JSON.parse(fields.get('user') ?? '')
  } catch {
    throw refused()
  }
}
