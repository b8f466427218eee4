import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const recipient = 4_294_967_301n

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['notification'] })
})
afterAll(() => school.close())

const reschedule = (id: string, scheduledAt: string, viewer = as.admin()) =>
  school.ask(
    'notification',
    viewer,
    `mutation ($input: RescheduleNotificationInput!) {
      rescheduleNotification(input: $input) { notification { id status scheduledAt expiresAt } }
    }`,
    { input: { id, scheduledAt } },
  )

const cancel = (id: string, viewer = as.admin()) =>
  school.ask(
    'notification',
    viewer,
    `mutation ($input: CancelNotificationInput!) {
      cancelNotification(input: $input) { notification { status scheduledAt } }
    }`,
    { input: { id } },
  )

const later = '2026-12-01T08:00:00.000Z'

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
  const moved = await reschedule(id, later)
  expect(moved.data.rescheduleNotification.notification).toEqual({
    id,
    status: 'SCHEDULED',
    scheduledAt: later,
    expiresAt: '2026-12-02T07:00:00.000Z',
  })
  const cancelled = await cancel(id)
  expect(cancelled.data.cancelNotification.notification).toEqual({
    status: 'CANCELLED',
    scheduledAt: later,
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

test.each(['QUEUED', 'SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED'])(
  'what is %s is not scheduled any more',
  async (status) => {
    const id = await plan(status)
    for (const answer of [await cancel(id), await reschedule(id, later)]) {
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
  const answers = await Promise.all(Array.from({ length: 6 }, () => cancel(id)))
  expect(answers.filter((answer) => !answer.errors)).toHaveLength(1)
  expect(await audited(id)).toHaveLength(1)
})

test.each(['2026-12-02T07:00:00Z', '1999-12-31T00:00:00Z', '2100-12-31T00:00:00Z'])(
  'nothing is moved to %s',
  async (scheduledAt) => {
    const id = await plan()
    const answer = await reschedule(id, scheduledAt)
    expect(answer.errors?.[0].extensions).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'input.scheduledAt',
    })
    expect(await audited(id)).toEqual([])
  },
)

test('only administrators change notifications', async () => {
  const id = await plan()
  for (const viewer of [as.student(recipient), as.teacher(recipient), as.service('groups')]) {
    for (const answer of [await cancel(id, viewer), await reschedule(id, later, viewer)]) {
      expect(answer.errors?.[0].extensions.code).toBe('FORBIDDEN')
    }
  }
  const anonymous = await cancel(id, as.anonymous)
  expect(anonymous.errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  const missing = crypto.randomUUID()
  for (const answer of [await cancel(missing), await reschedule(missing, later)]) {
    expect(answer.errors?.[0].extensions.code).toBe('NOT_FOUND')
  }
  expect(await audited(id)).toEqual([])
})
