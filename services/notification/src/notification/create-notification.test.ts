import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const recipient = 4_294_967_301n
const stranger = 4_294_967_399n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['auth', 'notification'] })
  await insert(school.database('auth'), 'users', { telegram_id: recipient, first_name: 'Maria' })
})
afterAll(() => school.close())

const mutation = `mutation ($input: CreateNotificationInput!) {
  createNotification(input: $input) { notification {
    id kind status title text scheduledAt expiresAt sentAt readAt recipient { telegramId }
  } }
}`

let occasions = 0
const inputOf = (changes: object = {}) => ({
  recipientTelegramId: recipient,
  kind: 'ANNOUNCEMENT',
  title: 'Holidays',
  text: 'The school is closed on Monday.',
  deduplicationKey: `occasion-${occasions++}`,
  ...changes,
})

const create = (input: object, viewer = as.admin()) =>
  school.ask('notification', viewer, mutation, { input })

const stored = async (table = 'notifications') => {
  const { rows } = await school.database('notification').owner.query(`SELECT * FROM ${table}`)
  return rows
}

test('an administrator plans a notification, and the audit log tells who did', async () => {
  const scheduledAt = '2026-12-01T07:00:00.000Z'
  const expiresAt = '2026-12-02T07:00:00.000Z'
  const answer = await create(inputOf({ scheduledAt, expiresAt }))
  expect(answer.errors).toBeUndefined()
  const { id, ...notification } = answer.data.createNotification.notification
  expect(notification).toEqual({
    kind: 'ANNOUNCEMENT',
    status: 'SCHEDULED',
    title: 'Holidays',
    text: 'The school is closed on Monday.',
    scheduledAt,
    expiresAt,
    sentAt: null,
    readAt: null,
    recipient: { telegramId: String(recipient) },
  })
  const audit = (await stored('audit_log')).filter((entry) => entry.row_id === id)
  expect(audit).toMatchObject([
    {
      actor: 'user:9000000001',
      action: 'INSERT',
      table_name: 'notifications',
      person_telegram_id: String(recipient),
      before: null,
      after: { status: 'SCHEDULED', title: '***', payload: '***' },
      request_id: expect.any(String),
    },
  ])
})

test('a sister service plans a notification for now and sees its id and status', async () => {
  const before = Date.now()
  const answer = await school.ask(
    'notification',
    as.service('calendar'),
    mutation.replace(/\{\s+id kind.*\} \}/s, '{ id status } }'),
    { input: inputOf() },
  )
  expect(answer.errors).toBeUndefined()
  const { id, status } = answer.data.createNotification.notification
  expect(status).toBe('SCHEDULED')
  const row = (await stored()).find((candidate) => candidate.id === id)
  expect(Math.abs(row.scheduled_at.getTime() - before)).toBeLessThan(10_000)
  const [entry] = (await stored('audit_log')).filter((candidate) => candidate.row_id === id)
  expect(entry.actor).toBe('service:calendar')
})

test('a program with the scope plans a notification, under its own name, and sees id and status', async () => {
  const viewer = as.machine('notifications:create')
  const idAndStatus = mutation.replace(/\{\s+id kind.*\} \}/s, '{ id status } }')
  const input = inputOf({ idempotencyKey: 'of-a-program' })
  const ask = (query: string) => school.ask('notification', viewer, query, { input })
  const answer = await ask(idAndStatus)
  expect(answer.errors).toBeUndefined()
  expect(await ask(idAndStatus)).toEqual(answer)
  const { id } = answer.data.createNotification.notification
  const [entry] = (await stored('audit_log')).filter((candidate) => candidate.row_id === id)
  expect(entry.actor).toBe('client:integration')
  const more = await ask(mutation.replace(/\{\s+id kind.*\} \}/s, '{ id text } }'))
  expect(more.errors?.[0].extensions.code).toBe('FORBIDDEN')
})

test('nobody else plans notifications', async () => {
  const before = (await stored()).length
  const others = [as.student(recipient), as.teacher(recipient), as.machine('people:read')]
  for (const viewer of others) {
    const answer = await create(inputOf(), viewer)
    expect(answer.errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
  const answer = await create(inputOf(), as.anonymous)
  expect(answer.errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  expect(await stored()).toHaveLength(before)
})

test.each([
  ['input.title', { title: 'x'.repeat(201) }],
  ['input.text', { text: '' }],
  ['input.text', { text: 'x'.repeat(4001) }],
  ['input.text', { text: 'a\0b' }],
  ['input.deduplicationKey', { deduplicationKey: ' ' }],
  ['input.deduplicationKey', { deduplicationKey: 'x'.repeat(201) }],
  ['input.idempotencyKey', { idempotencyKey: '' }],
  ['input.idempotencyKey', { idempotencyKey: 'x'.repeat(201) }],
  ['input.scheduledAt', { scheduledAt: '0000-01-01T00:00:00Z' }],
  ['input.scheduledAt', { scheduledAt: '2101-01-01T00:00:00Z' }],
  ['input.scheduledAt', { scheduledAt: 'tomorrow' }],
  ['input.expiresAt', { expiresAt: '1999-01-01T00:00:00Z' }],
  ['input.expiresAt', { expiresAt: '2001-01-01T00:00:00Z' }],
  ['input.expiresAt', { scheduledAt: '2026-12-01T07:00:00Z', expiresAt: '2026-12-01T07:00:00Z' }],
  ['input.recipientTelegramId', { recipientTelegramId: String(stranger) }],
  ['input.recipientTelegramId', { recipientTelegramId: '-1' }],
  ['input.kind', { kind: 'GOSSIP' }],
])('%s is checked (%#)', async (field, changes) => {
  const answer = await create(inputOf(changes))
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
})

test('a person is told of an occasion once, however many say it at the same time', async () => {
  const input = inputOf()
  const answers = await Promise.all(Array.from({ length: 8 }, () => create(input)))
  const made = answers.filter((answer) => !answer.errors)
  expect(made).toHaveLength(1)
  const { id } = made[0]?.data.createNotification.notification ?? {}
  for (const answer of answers.filter((candidate) => candidate.errors)) {
    expect(answer.errors?.[0].extensions).toEqual({
      code: 'CONFLICT',
      reason: 'DUPLICATE',
      conflictsWith: { id },
    })
  }
  const key = input.deduplicationKey
  expect((await stored()).filter((row) => row.dedup_key === key)).toHaveLength(1)
})

test('another person may be told of the same occasion', async () => {
  const input = inputOf()
  const second = 4_294_967_302n
  await insert(school.database('auth'), 'users', { telegram_id: second, first_name: 'Ivan' })
  expect((await create(input)).errors).toBeUndefined()
  expect((await create({ ...input, recipientTelegramId: second })).errors).toBeUndefined()
})

test('a retry with the same idempotency key gets what the first made', async () => {
  const input = inputOf({ idempotencyKey: 'retry-1' })
  const answers = await Promise.all(Array.from({ length: 8 }, () => create(input)))
  answers.push(await create(input))
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([])
  const ids = answers.map((answer) => answer.data.createNotification.notification.id)
  expect(new Set(ids).size).toBe(1)

  const reused = await create({ ...input, text: 'Something else.' })
  expect(reused.errors?.[0].extensions).toEqual({
    code: 'CONFLICT',
    reason: 'IDEMPOTENCY_KEY_REUSED',
  })
})

test('while auth is away nothing is planned, and a retry gets what was planned before', async () => {
  const planned = inputOf({ idempotencyKey: 'retry-2', title: ' ' })
  const first = await create(planned)
  expect(first.data.createNotification.notification.title).toBeNull()
  const before = (await stored()).length
  const restart = await school.stop('auth')
  const answer = await create(inputOf())
  const retry = await create(planned)
  await restart()
  expect(retry).toEqual(first)
  expect(answer.errors?.[0].extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', service: 'auth' })
  expect(await stored()).toHaveLength(before)
})
