import { keyRing } from '@classgram/encryption'
import { StartupError } from '@classgram/errors'
import { type Env, jsonSetting, loadSettings, subgraphSettings } from '@classgram/server'
import { z } from 'zod'
import { isSafeAddress, providerSettings } from './identity/provider-settings.ts'

const settings = {
  ...subgraphSettings,
  /** The school's own address: access tokens carry it, and hold only where it is expected. */
  TOKEN_ISSUER: z.url(),
  /** Keys for personal data and for the signing keys' private halves. */
  ENCRYPTION_KEYS: jsonSetting().pipe(keyRing),
  /** How many days a session outlives its last use. */
  SESSION_DAYS: z.coerce.number().int().min(1).max(365).default(30),
  /** The bot's token, as BotFather gives it. Without it there is no sign-in by Login Widget. */
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]+$/, "must be a bot's token")
    .optional(),
  /** The bot's id. It is enough for Mini App sign-in where the token must not be. */
  TELEGRAM_BOT_ID: z.string().regex(/^\d+$/, "must be a bot's id").optional(),
  /** Whether the bot lives in Telegram's test environment, which signs with a key of its own. */
  TELEGRAM_TEST_ENVIRONMENT: z.stringbool().default(false),
  /** Ed25519 key, hex, to expect in place of Telegram's own. */
  TELEGRAM_PUBLIC_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 32 bytes in hex')
    .optional(),
  /** For how many seconds data that Telegram signed is good for signing in: clients keep it. */
  TELEGRAM_LAUNCH_MAX_AGE: z.coerce.number().int().min(1).default(86_400),
  /** Providers of OpenID Connect with whose accounts people may sign in, as JSON. */
  OIDC_PROVIDERS: providerSettings,
  /** Where replicas count attempts together; without it each process counts for itself. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** Whether attempts are counted at all: off only where a test makes hundreds on purpose. */
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  /** Who becomes an administrator at the first sign-in: Telegram ids with commas between. */
  ADMIN_TELEGRAM_IDS: z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .pipe(
      z.array(
        z
          .string()
          .regex(/^[1-9]\d{0,17}$/, 'must be Telegram ids')
          .transform(BigInt),
      ),
    )
    .default([]),
}

export type Config = ReturnType<typeof loadConfig>

/** @throws StartupError naming every setting that is missing or wrong */
export function loadConfig(env: Env) {
  const config = loadSettings(settings, env)
  const unsafe = config.OIDC_PROVIDERS.find(({ issuer }) => !isSafeAddress(issuer))
  if (unsafe && config.NODE_ENV === 'production') {
    throw new StartupError(`OIDC_PROVIDERS: the issuer of ${unsafe.name} must begin with https.`)
  }
  return config
}
