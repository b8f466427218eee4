import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { createLinks } from './links.ts'

test.each([
  ['no bot', {}, null, null],
  [
    'a bot with a main Mini App',
    { TELEGRAM_BOT_USERNAME: 'school_bot' },
    'https://t.me/school_bot?start=g_x',
    'https://t.me/school_bot?startapp=g_x',
  ],
  [
    'a Mini App with a name of its own',
    { TELEGRAM_BOT_USERNAME: 'school_bot', TELEGRAM_MINI_APP_NAME: 'app' },
    'https://t.me/school_bot?start=g_x',
    'https://t.me/school_bot/app?startapp=g_x',
  ],
])('links with %s', (_, config, botLink, miniAppLink) => {
  expect(createLinks(config)('g_x')).toEqual({ botLink, miniAppLink })
})

test.each([
  ['TELEGRAM_BOT_USERNAME', '@school_bot'],
  ['TELEGRAM_BOT_USERNAME', 'https://t.me/school_bot'],
  ['TELEGRAM_MINI_APP_NAME', 'my app'],
])('%s is not %s', (name, value) => {
  expect(() => loadConfig({ [name]: value })).toThrow(name)
})
