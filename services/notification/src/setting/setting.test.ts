import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const person = 4_294_967_301n
const other = 4_294_967_302n
const stranger = 4_294_967_399n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth', 'notification'] })
  await insert(school.database('auth'), 'users', { telegram_id: other, first_name: 'Maria' })
})
afterAll(() => school.close())

const fields = 'kind channel enabled quietFrom quietTo timezone digest leadMinutes'
const mutation = `mutation ($input: SaveNotificationSettingInput!) {
  saveNotificationSetting(input: $input) { setting { ${fields} } }
}`
const ofUsers = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on User { notificationSettings { ${fields} } telegramReachability }
  }
}`

const reminder = { kind: 'LESSON_REMINDER', channel: 'TELEGRAM' }
const defaults = {
  enabled: true,
  quietFrom: null,
  quietTo: null,
  timezone: 'UTC',
  digest: 'NONE',
  leadMinutes: [],
}

const save = (input: object, viewer = as.student(person)) =>
  school.ask('notification', viewer, mutation, { input })

const read = (viewer: Parameters<TestSchool['ask']>[1], ...telegramIds: bigint[]) =>
  school.ask('notification', viewer, ofUsers, {
    representations: telegramIds.map((telegramId) => ({
      __typename: 'User',
      telegramId: String(telegramId),
    })),
  })

const stored = async (table = 'user_notification_settings') => {
  const { rows } = await school.database('notification').owner.query(`SELECT * FROM ${table}`)
  return rows
}

test('people save their own settings, and what is absent stays', async () => {
  const first = await save(reminder)
  expect(first.data.saveNotificationSetting.setting).toEqual({ ...reminder, ...defaults })
  const changes = {
    enabled: false,
    quietFrom: '22:00',
    quietTo: '07:30',
    timezone: 'Europe/Moscow',
    digest: 'DAILY',
    leadMinutes: [60, 1440, 60],
  }
  const saved = { ...reminder, ...changes, leadMinutes: [1440, 60] }
  const second = await save({ ...reminder, ...changes, userTelegramId: person })
  expect(second.data.saveNotificationSetting.setting).toEqual(saved)
  const third = await save({ ...reminder, enabled: true })
  expect(third.data.saveNotificationSetting.setting).toEqual({ ...saved, enabled: true })
  const fourth = await save({ ...reminder, quietFrom: null, quietTo: null, leadMinutes: [] })
  expect(fourth.data.saveNotificationSetting.setting).toEqual({
    ...saved,
    enabled: true,
    quietFrom: null,
    quietTo: null,
    leadMinutes: [],
  })

  await save({ kind: 'ANNOUNCEMENT', channel: 'EMAIL', enabled: false })
  const own = await read(as.student(person), person)
  expect(own.data._entities[0].notificationSettings).toMatchObject([
    reminder,
    { kind: 'ANNOUNCEMENT', channel: 'EMAIL', enabled: false },
  ])
  expect((await stored('audit_log')).slice(0, 3)).toMatchObject([
    { action: 'INSERT', actor: `user:${person}`, person_telegram_id: String(person) },
    { action: 'UPDATE', before: { enabled: true }, after: { enabled: false } },
    { action: 'UPDATE', before: { enabled: false }, after: { enabled: true } },
  ])
})

test('administrators save for others, others do not', async () => {
  const input = { ...reminder, userTelegramId: other, enabled: false }
  for (const viewer of [as.student(person), as.teacher(person), as.service('groups')]) {
    expect((await save(input, viewer)).errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
  expect((await save(input, as.anonymous)).errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  expect(await read(as.student(other), other)).toMatchObject({
    data: { _entities: [{ notificationSettings: [] }] },
  })
  expect((await save(input, as.admin())).errors).toBeUndefined()
  expect(await read(as.student(other), other)).toMatchObject({
    data: { _entities: [{ notificationSettings: [{ enabled: false }] }] },
  })
})

test.each([
  ['WAITLIST_OFFER', 'that say what they want', (index: number) => ({ leadMinutes: [index] })],
  ['GROUP_INVITATION', 'that want the defaults', () => ({})],
])('%s: many requests at once %s make one setting', async (kind, _, changes) => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => save({ kind, channel: 'WEB', ...changes(index) })),
  )
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([])
  expect((await stored()).filter((row) => row.kind === kind)).toHaveLength(1)
})

test.each([
  ['input.quietTo', { quietFrom: '22:00' }],
  ['input.quietTo', { quietTo: '07:00' }],
  ['input.quietTo', { quietFrom: '22:00', quietTo: null }],
  ['input.quietTo', { quietTo: null }],
  ['input.quietTo', { quietFrom: '22:00', quietTo: '22:00' }],
  ['input.quietFrom', { quietFrom: '25:00', quietTo: '07:00' }],
  ['input.timezone', { timezone: 'Mars/Olympus' }],
  ['input.leadMinutes.1', { leadMinutes: [60, -1] }],
  ['input.leadMinutes.0', { leadMinutes: [43_201] }],
  ['input.leadMinutes', { leadMinutes: Array.from({ length: 11 }, (_, index) => index) }],
])('%s is checked (%#)', async (field, changes) => {
  const answer = await save({ ...reminder, ...changes })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
})

test('a person whom the school does not know has no settings', async () => {
  const answer = await save({ ...reminder, userTelegramId: stranger }, as.admin())
  expect(answer.errors?.[0].extensions).toEqual({
    code: 'BAD_USER_INPUT',
    field: 'input.userTelegramId',
  })
})

test('while auth is away people save their own, administrators nobody else’s', async () => {
  const restart = await school.stop('auth')
  const own = await save(reminder)
  const others = await save({ ...reminder, userTelegramId: other, enabled: true }, as.admin())
  await restart()
  expect(own.errors).toBeUndefined()
  expect(others.errors?.[0].extensions.code).toBe('SERVICE_UNAVAILABLE')
  const row = (await stored()).find((candidate) => candidate.user_telegram_id === String(other))
  expect(row.enabled).toBe(false)
})

test('settings and reachability are for the person and administrators', async () => {
  await insert(
    school.database('notification'),
    'telegram_chats',
    { telegram_id: person, chat_id: person, reachability: 'BLOCKED' },
    { telegram_id: other, chat_id: other, reachability: 'OK' },
  )
  expect(await read(as.student(person), person)).toMatchObject({
    data: { _entities: [{ telegramReachability: 'BLOCKED' }] },
  })
  let reachable: unknown
  const two = await school.statements('notification', () => read(as.admin(), person, other))
  const statements = await school.statements('notification', async () => {
    const answer = await read(as.admin(), person, other, stranger)
    reachable = answer.data._entities.map(
      (user: { telegramReachability: string }) => user.telegramReachability,
    )
  })
  expect(reachable).toEqual(['BLOCKED', 'OK', 'NEVER_STARTED'])
  expect(statements).toHaveLength(2)
  // One text for any number of people: each text is prepared on every connection.
  expect(new Set(two)).toEqual(new Set(statements))

  for (const viewer of [as.student(other), as.teacher(other), as.service('groups')]) {
    const answer = await read(viewer, person)
    expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
    expect(answer.data._entities).toEqual([
      { notificationSettings: null, telegramReachability: null },
    ])
  }
  const anonymous = await read(as.anonymous, person)
  expect(anonymous.errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
})
