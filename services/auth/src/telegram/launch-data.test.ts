import { generateKeyPairSync } from 'node:crypto'
import { startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  arrange,
  changed,
  codeOf,
  knowsId,
  knowsToken,
  launchData,
  person,
  widgetData,
  withLaunch,
  withWidget,
} from './test-telegram.ts'

const boss = 4_503_599_627_370_495
const anna = {
  id: 4_294_967_301,
  first_name: 'Анна + "=&\\/',
  last_name: 'D’Arcy',
  username: 'anna_d',
  language_code: 'pt-br',
  photo_url: 'https://t.me/i/userpic/320/anna.svg',
}

let ahead = 0
const now = () => new Date(Date.now() + ahead)
const overrides = { clock: now }

let byToken: TestSchool
let byId: TestSchool
beforeAll(async () => {
  const services = ['auth']
  byToken = await startSchool({
    services,
    env: { auth: { ...knowsToken } },
    overrides,
  })
  byId = await startSchool({ services, env: { auth: knowsId }, overrides })
})
afterAll(() => Promise.all([byToken.close(), byId.close()]))
afterEach(() => {
  ahead = 0
})

/** Two fields as one whose value has a line feed: Telegram's signature holds for both ways to read it. */
function joined(data: string): string {
  const fields = new URLSearchParams(data)
  fields.set('chat_instance', `${fields.get('chat_instance')}\nchat_type=private`)
  fields.delete('chat_type')
  return fields.toString()
}

describe.each([
  ['by the bot’s token', () => byToken, 'hash'],
  ['by the bot’s id alone', () => byId, 'signature'],
])('launch data, %s', (_, at, signature) => {
  test('makes a student, once; later it brings names up to date', async () => {
    const school = at()
    const answer = await withLaunch(school, launchData(anna))
    expect(answer.data?.signInWithTelegram.session.method).toBe('TELEGRAM_MINI_APP')
    const first = await person(school, anna.id)
    expect(first).toMatchObject({
      role: 'STUDENT',
      first_name: anna.first_name,
      last_name: anna.last_name,
      username: anna.username,
      language_code: 'pt-BR',
      photo_url: anna.photo_url,
    })
    ahead = 60_000
    const { username: _, language_code: __, ...renamed } = { ...anna, first_name: 'Ann' }
    await withLaunch(school, launchData(renamed, { at: now() }))
    const second = await person(school, anna.id)
    expect(second).toMatchObject({
      id: first.id,
      first_name: 'Ann',
      username: null,
      language_code: 'pt-BR',
      first_seen_at: first.first_seen_at,
    })
    expect(second.last_seen_at - first.last_seen_at).toBeGreaterThan(59_000)
  })

  const good = () => launchData(anna)
  test.each<[string, () => string]>([
    ['another person', () => changed(good(), 'user', JSON.stringify({ ...anna, id: boss }))],
    ['a later date', () => changed(good(), 'auth_date', String(Date.now() / 1000 + 5))],
    ['a field more', () => `${good()}&start_param=x`],
    ['a field less', () => changed(good(), 'chat_type', null)],
    ['a field that comes twice', () => `${good()}&chat_type=private`],
    ['no signature', () => changed(good(), signature, null)],
    ['an empty signature', () => changed(good(), signature, '')],
    ['half a signature', () => changed(good(), signature, 'abcdef')],
    ['a signature in other letters', () => changed(good(), signature, 'ы'.repeat(64))],
    ['another bot’s token and id', () => launchData(anna, { token: '5:x', bot: '5' })],
    [
      'a key that is not Telegram’s',
      () => launchData(anna, { token: '5:x', key: generateKeyPairSync('ed25519').privateKey }),
    ],
    ['the Login Widget’s signature', () => widgetData(anna)],
    ['nobody', () => launchData(anna, { fields: { user: '' } })],
    ['a person without an id', () => launchData({ first_name: 'X' })],
    ['a person with a wrong id', () => launchData({ id: -5, first_name: 'X' })],
    ['no date', () => launchData(anna, { fields: { auth_date: '' } })],
    ['two fields joined by a line feed', () => joined(good())],
    ['nothing', () => ''],
    ['nonsense', () => '%%%=&&&'],
  ])('with %s is refused', async (_, data) => {
    const answer = await withLaunch(at(), data())
    expect(codeOf(answer)).toBe('UNAUTHENTICATED')
    expect(await person(at(), boss)).toBeUndefined()
  })

  test('is good for 24 hours, and not before its time', async () => {
    const day = 24 * 60 * 60 * 1000
    const data = launchData(anna)
    const codes = []
    for (const offset of [day - 5_000, day + 5_000, -55_000, -65_000]) {
      ahead = offset
      codes.push(codeOf(await withLaunch(at(), data)))
    }
    expect(codes).toEqual([undefined, 'UNAUTHENTICATED', undefined, 'UNAUTHENTICATED'])
  })

  test('that is too long is refused unread', async () => {
    const data = launchData(anna, { fields: { start_param: 'x'.repeat(9_000) } })
    expect(codeOf(await withLaunch(at(), data))).toBe('BAD_USER_INPUT')
  })

  test('of a person whom the school shut out, or erased, opens nothing and changes nothing', async () => {
    const id = 4_294_967_400
    const codes = []
    for (const set of ['is_active = false', 'is_active = true, erased_at = now()']) {
      await withLaunch(at(), launchData({ id, first_name: 'Gone' }))
      await arrange(at(), `UPDATE users SET ${set} WHERE telegram_id = ${id}`)
      codes.push(codeOf(await withLaunch(at(), launchData({ id, first_name: 'Back' }))))
      expect((await person(at(), id)).first_name).toBe('Gone')
      await arrange(at(), `UPDATE users SET is_active = true WHERE telegram_id = ${id}`)
    }
    expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  })
})

test('without its bot a school says that it does not offer this', async () => {
  const without = await startSchool({ services: ['auth'] })
  try {
    const { errors } = await withLaunch(without, launchData(anna))
    expect(errors?.[0].extensions).toEqual({ code: 'CONFLICT', reason: 'SIGN_IN_NOT_OFFERED' })
    for (const school of [without, byId]) {
      const answer = await withWidget(school, widgetData(anna))
      expect(answer.errors?.[0].extensions.reason).toBe('SIGN_IN_NOT_OFFERED')
    }
  } finally {
    await without.close()
  }
})

/**
 * What Telegram itself signed on 6 December 2024, as the Mini Apps community published it for others
 * to check against: https://docs.telegram-mini-apps.com/platform/init-data
 */
const published =
  'user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D&chat_instance=8134722200314281151&chat_type=private&auth_date=1733509682&signature=TYJxVcisqbWjtodPepiJ6ghziUL94-KNpG8Pau-X7oNNLNBM72APCpi_RKiUlBvcqo5L-LAxIc3dnTzcZX_PDg&hash=a433d8f9847bd6addcc563bff7cc82c89e97ea0d90c11fe5729cae6796a36d73'

test.each([
  ['false', undefined],
  ['true', 'UNAUTHENTICATED'],
])(
  'what Telegram itself signed holds for the bot it was for; test environment: %s',
  async (TELEGRAM_TEST_ENVIRONMENT, expected) => {
    const school = await startSchool({
      services: ['auth'],
      env: { auth: { TELEGRAM_BOT_ID: '7342037359', TELEGRAM_TEST_ENVIRONMENT } },
      overrides: { clock: () => new Date('2024-12-06T19:00:00Z') },
    })
    try {
      expect(codeOf(await withLaunch(school, published))).toBe(expected)
      const forged = changed(published, 'chat_type', 'sender')
      expect(codeOf(await withLaunch(school, forged))).toBe('UNAUTHENTICATED')
      const own = launchData(anna, { at: new Date('2024-12-06T19:00:00Z') })
      expect(codeOf(await withLaunch(school, own))).toBe('UNAUTHENTICATED')
    } finally {
      await school.close()
    }
  },
)

test.each([
  ['TELEGRAM_BOT_TOKEN', 'my-secret'],
  ['TELEGRAM_BOT_ID', '@bot'],
  ['TELEGRAM_PUBLIC_KEY', 'my-secret'],
  ['TELEGRAM_TEST_ENVIRONMENT', 'perhaps'],
  ['TELEGRAM_LAUNCH_MAX_AGE', '0'],
  ['ADMIN_TELEGRAM_IDS', '1,,2'],
  ['SESSION_DAYS', '0'],
])('a wrong %s is named at the start, and not repeated', async (name, value) => {
  const refusal = await startSchool({ services: ['auth'], env: { auth: { [name]: value } } }).then(
    () => '',
    String,
  )
  expect(refusal).toContain(name)
  expect(refusal).not.toContain('my-secret')
})
