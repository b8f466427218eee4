import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const recipient = 4_294_967_301n
const other = 5_000_000_001n
const notification = '01930000-0000-7000-8000-000000000001'
const foreign = '01930000-0000-7000-8000-000000000002'
const missing = '01930000-0000-7000-8000-00000000ffff'

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['notification'] })
  const database = school.database('notification')
  await insert(
    database,
    'notifications',
    row(recipient, 'first', {
      id: notification,
      status: 'SENT',
      sent_at: '2026-11-20T09:00:01Z',
      expires_at: '2026-11-20T10:00:00Z',
      read_at: '2026-11-20T09:30:00Z',
      created_at: '2026-11-20T08:00:00Z',
    }),
    row(other, 'other', { id: foreign }),
  )
  await insert(
    database,
    'notification_logs',
    log(1, { error: 'Bad Gateway', created_at: '2026-11-20T09:00:00Z' }),
    log(2, { provider_message_id: '77', created_at: '2026-11-20T09:00:01Z' }),
  )
})
afterAll(() => school.close())

function row(person: bigint, key: string, columns: object = {}) {
  return {
    recipient_telegram_id: person,
    dedup_key: key,
    kind: 'LESSON_REMINDER',
    title: 'Soon',
    text: `Lesson ${key} begins at 18:30.`,
    scheduled_at: '2026-11-20T09:00:00Z',
    id: crypto.randomUUID(),
    status: 'SCHEDULED',
    sent_at: null,
    expires_at: null,
    read_at: null,
    created_at: new Date(),
    ...columns,
  }
}

function log(attempt: number, columns: object) {
  return {
    id: `01930000-0000-7000-8000-0000000001${attempt}0`,
    notification_id: notification,
    channel: 'TELEGRAM',
    attempt,
    template_version: 3,
    text: 'Lesson first begins at 18:30.',
    provider_message_id: null,
    error: null,
    duration_ms: 120,
    ...columns,
  }
}

const one = `query ($id: UUID!) { notification(id: $id) {
  id kind status title text scheduledAt expiresAt sentAt readAt createdAt recipient { telegramId }
} }`

const byReference = (fields: string) => `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ${fields} }
}`

const pageOfUser = byReference(`... on User { telegramId
  notifications(unreadOnly: $unreadOnly, first: $first, after: $after) {
    nodes { id kind status text createdAt recipient { telegramId } }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }`).replace('query (', 'query ($unreadOnly: Boolean, $first: Int, $after: String, ')

const users = (...telegramIds: bigint[]) =>
  telegramIds.map((telegramId) => ({ __typename: 'User', telegramId: String(telegramId) }))

const codes = (answer: Answer) => answer.errors?.map((error) => error.extensions.code)

test('the recipient and administrators read a notification', async () => {
  for (const viewer of [as.student(recipient), as.admin()]) {
    const answer = await school.ask('notification', viewer, one, { id: notification })
    expect(answer).toEqual({
      data: {
        notification: {
          id: notification,
          kind: 'LESSON_REMINDER',
          status: 'SENT',
          title: 'Soon',
          text: 'Lesson first begins at 18:30.',
          scheduledAt: '2026-11-20T09:00:00.000Z',
          expiresAt: '2026-11-20T10:00:00.000Z',
          sentAt: '2026-11-20T09:00:01.000Z',
          readAt: '2026-11-20T09:30:00.000Z',
          createdAt: '2026-11-20T08:00:00.000Z',
          recipient: { telegramId: String(recipient) },
        },
      },
    })
  }
})

test('nobody else learns whether there is a notification', async () => {
  const viewers = {
    UNAUTHENTICATED: [as.anonymous],
    FORBIDDEN: [as.student(other), as.teacher(6_000_000_001n), as.service('groups')],
  }
  for (const [code, refused] of Object.entries(viewers)) {
    for (const viewer of refused) {
      for (const id of [notification, missing]) {
        const answer = await school.ask('notification', viewer, one, { id })
        expect(codes(answer)).toEqual([code])
        expect(answer.data.notification).toBeNull()
      }
    }
  }
  const answer = await school.ask('notification', as.admin(), one, { id: missing })
  expect(answer).toEqual({ data: { notification: null } })
})

test('services read id and status by reference, and nothing else', async () => {
  const ask = (viewer: Parameters<TestSchool['ask']>[1], fields: string, id = notification) =>
    school.ask('notification', viewer, byReference(`... on Notification { ${fields} }`), {
      representations: [{ __typename: 'Notification', id }],
    })
  expect(await ask(as.service('calendar'), 'id status')).toEqual({
    data: { _entities: [{ __typename: 'Notification', id: notification, status: 'SENT' }] },
  })
  expect((await ask(as.service('calendar'), 'id', missing)).data).toEqual({ _entities: [null] })
  for (const field of ['text', 'kind', 'recipient { telegramId }', 'logs { nodes { id } }']) {
    expect(codes(await ask(as.service('calendar'), field))).toEqual(['FORBIDDEN'])
  }
  expect((await ask(as.student(recipient), 'text')).errors).toBeUndefined()
  expect(codes(await ask(as.student(other), 'id'))).toEqual(['FORBIDDEN'])
  expect(codes(await ask(as.student(other), '__typename', missing))).toEqual(['FORBIDDEN'])
  expect(codes(await ask(as.anonymous, '__typename'))).toEqual(['UNAUTHENTICATED'])
})

test('administrators read the attempts, page by page; the recipient does not', async () => {
  const query = `query ($id: UUID!, $after: String) { notification(id: $id) {
    logs(first: 1, after: $after) {
      nodes { channel attempt templateVersion text providerMessageId error durationMs createdAt }
      edges { cursor node { id } } pageInfo { hasNextPage endCursor }
    } } }`
  const first = await school.ask('notification', as.admin(), query, { id: notification })
  const { nodes, pageInfo } = first.data.notification.logs
  const common = {
    channel: 'TELEGRAM',
    templateVersion: 3,
    text: 'Lesson first begins at 18:30.',
    durationMs: 120,
  }
  expect(nodes).toEqual([
    {
      ...common,
      attempt: 2,
      error: null,
      providerMessageId: '77',
      createdAt: '2026-11-20T09:00:01.000Z',
    },
  ])
  expect(pageInfo.hasNextPage).toBe(true)
  const second = await school.ask('notification', as.admin(), query, {
    id: notification,
    after: pageInfo.endCursor,
  })
  expect(second.data.notification.logs.nodes).toMatchObject([{ attempt: 1, error: 'Bad Gateway' }])
  expect(second.data.notification.logs.pageInfo.hasNextPage).toBe(false)

  const refused = await school.ask('notification', as.student(recipient), query, {
    id: notification,
  })
  expect(codes(refused)).toEqual(['FORBIDDEN'])
  expect(refused.data.notification).toEqual({ logs: null })
})

test('only the person and administrators list their notifications', async () => {
  const variables = { representations: users(recipient), first: 5 }
  const ask = (viewer: Parameters<TestSchool['ask']>[1]) =>
    school.ask('notification', viewer, pageOfUser, variables)
  for (const viewer of [as.student(recipient), as.admin()]) {
    const answer = await ask(viewer)
    expect(answer.errors).toBeUndefined()
    expect(answer.data._entities[0].notifications.nodes).toMatchObject([{ id: notification }])
  }
  expect(codes(await ask(as.anonymous))).toContain('UNAUTHENTICATED')
  for (const viewer of [as.student(other), as.teacher(6_000_000_001n), as.service('groups')]) {
    const answer = await ask(viewer)
    expect(codes(answer)).toEqual(['FORBIDDEN'])
    expect(answer.data._entities).toEqual([
      { __typename: 'User', telegramId: String(recipient), notifications: null },
    ])
  }
})

test('pages lose nothing and repeat nothing while new notifications arrive', async () => {
  const person = 7_000_000_001n
  const database = school.database('notification')
  // Several of one instant: the id decides their order.
  const planned = Array.from({ length: 25 }, (_, index) =>
    row(person, `n${index}`, {
      created_at: new Date(Date.UTC(2020, 10, 20, 8, Math.floor(index / 4))),
      read_at: index % 5 === 0 ? '2026-11-20T12:00:00Z' : null,
    }),
  )
  await insert(database, 'notifications', ...planned)
  const expected = [...planned]
    .sort((a, b) => b.created_at.getTime() - a.created_at.getTime() || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id)

  const readAll = async (unreadOnly: boolean, betweenPages = async () => {}) => {
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const answer = await school.ask('notification', as.student(person), pageOfUser, {
        representations: users(person),
        unreadOnly,
        first: 7,
        after,
      })
      const { nodes, edges, pageInfo } = answer.data._entities[0].notifications
      expect(edges.map(({ node }: { node: { id: string } }) => node)).toEqual(
        nodes.map(({ id }: { id: string }) => ({ id })),
      )
      expect(pageInfo.hasPreviousPage).toBe(after !== null)
      seen.push(...nodes.map(({ id }: { id: string }) => id))
      if (!pageInfo.hasNextPage) return seen
      after = pageInfo.endCursor
      await betweenPages()
    }
  }

  const unread = new Set(planned.filter(({ read_at }) => read_at === null).map(({ id }) => id))
  expect(await readAll(true)).toEqual(expected.filter((id) => unread.has(id)))
  let arrived = 0
  const arrive = () => insert(database, 'notifications', row(person, `late${arrived++}`))
  expect(await readAll(false, arrive)).toEqual(expected)
  expect(arrived).toBeGreaterThan(2)
})

test('a page out of its bounds or a foreign cursor is refused', async () => {
  for (const [field, variables] of [
    ['first', { first: 101 }],
    ['first', { first: 0 }],
    ['after', { after: 'none of ours' }],
  ] as const) {
    const answer = await school.ask('notification', as.student(recipient), pageOfUser, {
      representations: users(recipient),
      ...variables,
    })
    expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
  }
})

test('the number of statements depends neither on notifications nor on people', async () => {
  const people = Array.from({ length: 50 }, (_, index) => 8_000_000_001n + BigInt(index))
  await insert(
    school.database('notification'),
    'notifications',
    ...people.flatMap((person) =>
      Array.from({ length: person === people[0] ? 100 : 5 }, (_, n) => row(person, `s${n}`)),
    ),
  )
  const count = async (first: number, ...asked: bigint[]) => {
    let listed = 0
    const statements = await school.statements('notification', async () => {
      const answer = await school.ask('notification', as.admin(), pageOfUser, {
        representations: users(...asked),
        first,
      })
      for (const { notifications } of answer.data._entities) listed += notifications.nodes.length
    })
    return { statements: statements.length, listed }
  }
  const person = people[0] ?? 0n
  expect(await count(5, person)).toEqual({ statements: 1, listed: 5 })
  expect(await count(100, person)).toEqual({ statements: 1, listed: 100 })
  expect(await count(5, ...people)).toEqual({ statements: 1, listed: 250 })

  const withLogs = byReference(
    '... on User { notifications(first: 100) { nodes { id logs { nodes { id } } } } }',
  )
  const statements = await school.statements('notification', () =>
    school.ask('notification', as.admin(), withLogs, { representations: users(...people) }),
  )
  expect(statements).toHaveLength(2)
})
