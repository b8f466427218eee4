import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const recipient = 4_294_967_301n
const other = 4_294_967_302n

let school: TestSchool
let now = new Date('2026-11-20T18:30:00Z')
beforeAll(async () => {
  school = await startSchool({ services: ['notification'], overrides: { clock: () => now } })
})
afterAll(() => school.close())

const mutation = `mutation ($input: MarkNotificationsReadInput!) {
  markNotificationsRead(input: $input) { notifications { id readAt } }
}`

const mark = (ids: string[], viewer = as.student(recipient)) =>
  school.ask('notification', viewer, mutation, { input: { ids } })

async function plan(count: number, person = recipient): Promise<string[]> {
  const rows = Array.from({ length: count }, () => crypto.randomUUID()).map((id) => ({
    id,
    recipient_telegram_id: person,
    kind: 'ANNOUNCEMENT',
    text: 'News',
    dedup_key: id,
  }))
  await insert(school.database('notification'), 'notifications', ...rows)
  return rows.map(({ id }) => id)
}

const audited = async (ids: string[]) => {
  const { rows } = await school
    .database('notification')
    .owner.query(`SELECT * FROM audit_log WHERE row_id = ANY($1) AND action = 'UPDATE'`, [ids])
  return rows
}

test('the recipient marks notifications as read, once', async () => {
  const ids = await plan(3)
  const [first = '', second = '', third = ''] = ids
  const answer = await mark([second, first, second])
  const readAt = '2026-11-20T18:30:00.000Z'
  expect(answer).toEqual({
    data: {
      markNotificationsRead: {
        notifications: [
          { id: second, readAt },
          { id: first, readAt },
        ],
      },
    },
  })
  now = new Date('2026-11-20T19:00:00Z')
  const again = await mark([first, third])
  expect(again.data.markNotificationsRead.notifications).toEqual([
    { id: first, readAt },
    { id: third, readAt: '2026-11-20T19:00:00.000Z' },
  ])
  expect(await audited(ids)).toMatchObject(
    Array.from({ length: 3 }, () => ({
      actor: `user:${recipient}`,
      before: { read_at: null },
      person_telegram_id: String(recipient),
    })),
  )
})

test('one that is not the own, and none is marked', async () => {
  const [own = ''] = await plan(1)
  const [foreign = ''] = await plan(1, other)
  for (const id of [foreign, crypto.randomUUID()]) {
    const answer = await mark([own, id])
    expect(answer.errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
  for (const viewer of [as.student(other), as.teacher(other), as.admin(), as.service('groups')]) {
    expect((await mark([own], viewer)).errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
  expect((await mark([own], as.anonymous)).errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  // Only an administrator learns that there is no such notification.
  const nothing = await mark([crypto.randomUUID()], as.admin())
  expect(nothing.errors?.[0].extensions.code).toBe('NOT_FOUND')
  expect(await audited([own, foreign])).toEqual([])
})

test('of two requests in one, each shows what is left to read', async () => {
  const person = 4_294_967_303n
  const marking = (id = '') => `markNotificationsRead(input: { ids: ["${id}"] }) {
    notifications { recipient { notifications(unreadOnly: true) { nodes { id } } } }
  }`
  const [first, second] = await plan(2, person)
  const { data } = await school.ask(
    'notification',
    as.student(person),
    `mutation { first: ${marking(first)} second: ${marking(second)} }`,
  )
  const left = [data.first, data.second].map((one) => one.notifications[0].recipient.notifications)
  expect(left).toEqual([{ nodes: [{ id: second }] }, { nodes: [] }])
})

test('at most 100 at a time, in the same number of statements as one', async () => {
  const ids = await plan(101)
  const tooMany = await mark(ids)
  expect(tooMany.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'input.ids' })
  const count = async (some: string[]) =>
    (await school.statements('notification', () => mark(some))).length
  expect(await count(ids.slice(0, 1))).toBe(await count(ids.slice(1)))
  expect(await audited(ids)).toHaveLength(101)
})

test('two requests at once for the same notifications both succeed', async () => {
  const ids = await plan(50)
  const answers = await Promise.all([mark(ids), mark(ids.toReversed()), mark(ids)])
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([])
  expect(await audited(ids)).toHaveLength(50)
})
