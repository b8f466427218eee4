import type { Config } from '../config.ts'

/** Links for an invitation's token; null when the school has no bot. */
export type Links = (token: string) => { botLink: string | null; miniAppLink: string | null }

/**
 * Deep links as Telegram defines them (https://core.telegram.org/api/links): `start` is handed to the
 * bot, `startapp` to the Mini App. Either takes up to 64 characters at the least, of `A-Za-z0-9_-`.
 */
export function createLinks(
  config: Pick<Config, 'TELEGRAM_BOT_USERNAME' | 'TELEGRAM_MINI_APP_NAME'>,
): Links {
  const { TELEGRAM_BOT_USERNAME: bot, TELEGRAM_MINI_APP_NAME: app } = config
  if (bot === undefined) return () => ({ botLink: null, miniAppLink: null })
  const address = `https://t.me/${bot}`
  const appAddress = app === undefined ? address : `${address}/${app}`
  return (token) => ({
    botLink: `${address}?start=${token}`,
    miniAppLink: `${appAddress}?startapp=${token}`,
  })
}
