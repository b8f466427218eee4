import { type Env, loadSettings, subgraphSettings } from '@classgram/server'
import { z } from 'zod'

const settings = {
  ...subgraphSettings,
  /** The bot's name at Telegram, without `@`. Without it invitations are tokens and no links. */
  TELEGRAM_BOT_USERNAME: z
    .string()
    .regex(/^[A-Za-z]\w{3,31}$/, "must be a bot's username, without @")
    .optional(),
  /** The short name of the bot's Mini App. Without it links open the bot's main Mini App. */
  TELEGRAM_MINI_APP_NAME: z
    .string()
    .regex(/^\w{3,30}$/, 'must be the short name of a Mini App')
    .optional(),
  /** For how many hours a seat that came free is kept for who is next in line. */
  SEAT_OFFER_HOURS: z.coerce.number().positive().max(336).default(12),
}

export type Config = ReturnType<typeof loadConfig>

/** @throws StartupError naming every setting that is missing or wrong */
export function loadConfig(env: Env) {
  return loadSettings(settings, env)
}
