import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Config } from '../config.ts'

/**
 * Telegram's public keys for data that a Mini App hands on
 * (https://core.telegram.org/bots/webapps#validating-data-for-third-party-use).
 */
const productionKey = 'e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d'
const testKey = '40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec'

/** By what this school recognises data that Telegram signed for its bot. */
export interface TelegramTrust {
  botToken?: string | undefined
  botId?: string | undefined
  publicKey: KeyObject
  maxAgeSeconds: number
}

export function telegramTrust(config: Config): TelegramTrust {
  const ofTelegram = config.TELEGRAM_TEST_ENVIRONMENT ? testKey : productionKey
  return {
    botToken: config.TELEGRAM_BOT_TOKEN,
    botId: config.TELEGRAM_BOT_ID,
    publicKey: ed25519(config.TELEGRAM_PUBLIC_KEY ?? ofTelegram),
    maxAgeSeconds: config.TELEGRAM_LAUNCH_MAX_AGE,
  }
}

function ed25519(hex: string): KeyObject {
  const x = Buffer.from(hex, 'hex').toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
