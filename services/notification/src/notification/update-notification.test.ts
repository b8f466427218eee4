import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const recipient = 4_294_967_301n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['notification'] })
})
afterAll(() => school.close())

const mutation = `mutation ($input: UpdateNotificationInput!) {
  updateNotification(input: $input) { notification { id status scheduledAt expiresAt } }
}`

const update = (input: object, viewer = as.admin()) =>
  school.ask('notification', viewer, mutation, { input })

async function plan(status = 'SCHEDULED'): Promise<string> {
  const id = crypto.randomUUID()
  await insert(school.database('notification'), 'notifications', {
    id,
    recipient_telegram_id: recipient,
    kind: 'ANNOUNCEMENT',
    text: 'News',
    status,
    dedup_key: id,
    scheduled_at: '2026-12-01T07:00:00Z',
    expires_at: '2026-12-02T07:00:00Z',
  })
  return id
}

const audited = async (id: string) => {
  const { rows } = await school
    .database('notification')
    .owner.query(`SELECT * FROM audit_log WHERE row_id = $1 AND action = 'UPDATE'`, [id])
  return rows
}

test('an administrator moves and cancels what is scheduled', async () => {
  const id = await plan()
  const moved = await update({ id, scheduledAt: '2026-12-01T08:00:00Z' })
  expect(moved.data.updateNotification.notification).toEqual({
    id,
    status: 'SCHEDULED',
    scheduledAt: '2026-12-01T08:00:00.000Z',
    expiresAt: '2026-12-02T07:00:00.000Z',
  })
  const cancelled = await update({ id, status: 'CANCELLED' })
  expect(cancelled.data.updateNotification.notification).toMatchObject({
    status: 'CANCELLED',
    scheduledAt: '2026-12-01T08:00:00.000Z',
  })
  expect(await audited(id)).toMatchObject([
    { actor: 'user:9000000001', after: { scheduled_at: expect.any(String) } },
    {
      actor: 'user:9000000001',
      before: { status: 'SCHEDULED' },
      after: { status: 'CANCELLED' },
      person_telegram_id: String(recipient),
    },
  ])
})

test('nothing given, nothing changed', async () => {
  const id = await plan()
  const answer = await update({ id, scheduledAt: null })
  expect(answer.data.updateNotification.notification.status).toBe('SCHEDULED')
  expect(await audited(id)).toEqual([])
})

test.each(['QUEUED', 'SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED'])(
  'what is %s is not scheduled any more',
  async (status) => {
    const id = await plan(status)
    for (const change of [{ status: 'CANCELLED' }, { scheduledAt: '2026-12-01T08:00:00Z' }]) {
      const answer = await update({ id, ...change })
      expect(answer.errors?.[0].extensions).toEqual({
        code: 'CONFLICT',
        reason: 'NOT_SCHEDULED',
        conflictsWith: { status },
      })
    }
    expect(await audited(id)).toEqual([])
  },
)

test('of many who cancel at once, one does', async () => {
  const id = await plan()
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => update({ id, status: 'CANCELLED' })),
  )
  expect(answers.filter((answer) => !answer.errors)).toHaveLength(1)
  expect(await audited(id)).toHaveLength(1)
})

test.each([
  ['input.status', { status: 'SENT' }],
  ['input.status', { status: 'SCHEDULED' }],
  ['input.scheduledAt', { scheduledAt: '2026-12-02T07:00:00Z' }],
  ['input.scheduledAt', { scheduledAt: '1999-12-31T00:00:00Z' }],
  ['input.scheduledAt', { scheduledAt: '2100-12-31T00:00:00Z' }],
])('%s is checked (%#)', async (field, change) => {
  const id = await plan()
  const answer = await update({ id, ...change })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
  expect(await audited(id)).toEqual([])
})

test('only administrators change notifications', async () => {
  const id = await plan()
  for (const viewer of [as.student(recipient), as.teacher(recipient), as.service('groups')]) {
    const answer = await update({ id, status: 'CANCELLED' }, viewer)
    expect(answer.errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
  const anonymous = await update({ id, status: 'CANCELLED' }, as.anonymous)
  expect(anonymous.errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  const missing = await update({ id: crypto.randomUUID(), status: 'CANCELLED' })
  expect(missing.errors?.[0].extensions.code).toBe('NOT_FOUND')
  expect(await audited(id)).toEqual([])
})
