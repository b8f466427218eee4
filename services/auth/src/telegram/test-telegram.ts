import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { type Answer, as, type TestSchool } from '@classgram/test/kit'

/** Signs as Telegram does, for tests: with a bot and a key pair of its own. */
const botId = '7000000001'
export const botToken = `${botId}:${randomBytes(26).toString('base64url')}`
const { publicKey, privateKey } = generateKeyPairSync('ed25519')

/** Settings of a school that knows the bot's token, and of one that knows no more than its id. */
export const knowsToken = { TELEGRAM_BOT_TOKEN: botToken }
export const knowsId = {
  TELEGRAM_BOT_ID: botId,
  TELEGRAM_PUBLIC_KEY: Buffer.from(
    publicKey.export({ format: 'jwk' }).x ?? '',
    'base64url',
  ).toString('hex'),
}

const tokens = '{ accessToken refreshToken session { id method } }'

/** Signs in from a Mini App. */
export const withLaunch = (school: TestSchool, initData: string) =>
  school.ask(
    'auth',
    as.anonymous,
    `mutation ($input: SignInWithTelegramInput!) { signInWithTelegram(input: $input) ${tokens} }`,
    { input: { initData } },
  )

/** Signs in from a web page. */
export const withWidget = (school: TestSchool, data: string) =>
  school.ask(
    'auth',
    as.anonymous,
    `mutation ($input: SignInWithLoginWidgetInput!) { signInWithLoginWidget(input: $input) ${tokens} }`,
    { input: { data } },
  )

export const codeOf = ({ errors }: Answer) => errors?.[0].extensions.code

/** The row of a person. */
export async function person(school: TestSchool, telegramId: number) {
  const { owner } = school.database('auth')
  const { rows } = await owner.query('SELECT * FROM users WHERE telegram_id = $1', [telegramId])
  return rows[0]
}

/** Runs SQL behind the API's back. */
export async function arrange(school: TestSchool, sql: string) {
  await school
    .database('auth')
    .owner.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true); ${sql}; COMMIT`)
}

interface Options {
  /** When Telegram signed. */
  at?: Date
  token?: string
  bot?: string
  key?: KeyObject
  /** Further fields, or other values of known ones. */
  fields?: Record<string, string>
}

/** Launch data of a Mini App, with both signatures. */
export function launchData(user: object, options: Options = {}): string {
  const { at = new Date(), token = botToken, bot = botId, key = privateKey, fields } = options
  const all: Record<string, string> = {
    user: JSON.stringify(user),
    chat_instance: '-3788475317572404878',
    chat_type: 'private',
    auth_date: unixTime(at),
    ...fields,
  }
  const signed = Buffer.from(`${bot}:WebAppData\n${lines(all)}`)
  all.signature = sign(null, signed, key).toString('base64url')
  const secret = createHmac('sha256', 'WebAppData').update(token).digest()
  all.hash = createHmac('sha256', secret).update(lines(all)).digest('hex')
  return new URLSearchParams(all).toString()
}

/** What the Login Widget gives a page. */
export function widgetData(
  user: Record<string, string | number>,
  { at = new Date(), token = botToken }: Options = {},
): string {
  const all = Object.fromEntries(
    Object.entries({ ...user, auth_date: unixTime(at) }).map(([name, value]) => [
      name,
      String(value),
    ]),
  )
  const secret = createHash('sha256').update(token).digest()
  all.hash = createHmac('sha256', secret).update(lines(all)).digest('hex')
  return new URLSearchParams(all).toString()
}

/** The same fields with one of them changed. */
export function changed(data: string, name: string, value: string | null): string {
  const fields = new URLSearchParams(data)
  if (value === null) fields.delete(name)
  else fields.set(name, value)
  return fields.toString()
}

function lines(fields: Record<string, string>): string {
  return Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('\n')
}

function unixTime(at: Date): string {
  return String(Math.floor(at.getTime() / 1000))
}
