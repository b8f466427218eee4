import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services: ['notification'] })
})
afterAll(() => school.close())

const fields = 'id kind channel locale version title body isActive createdAt'
const mutation = `mutation ($input: SaveNotificationTemplateInput!) {
  saveNotificationTemplate(input: $input) { template { ${fields} } }
}`
const list = `query ($filter: NotificationTemplateFilter, $first: Int, $after: String) {
  notificationTemplates(filter: $filter, first: $first, after: $after) {
    nodes { ${fields} } pageInfo { hasNextPage endCursor }
  }
}`

const reminder = { kind: 'LESSON_REMINDER', channel: 'TELEGRAM', locale: 'en' }
const body = 'Your lesson begins in {minutes, plural, one {# minute} other {# minutes}}.'

const save = (input: object, viewer = as.admin()) =>
  school.ask('notification', viewer, mutation, { input })

const read = async (filter?: object, page: object = {}) => {
  const answer = await school.ask('notification', as.admin(), list, { filter, ...page })
  expect(answer.errors).toBeUndefined()
  return answer.data.notificationTemplates
}

const versions = async (filter: object) =>
  (await read({ ...filter, activeOnly: false })).nodes.map(
    ({ version, isActive }: { version: number; isActive: boolean }) => [version, isActive],
  )

test('a new text is the next version, and the one in use', async () => {
  const first = await save({ ...reminder, body, title: 'Soon: {title}' })
  expect(first.data.saveNotificationTemplate.template).toMatchObject({
    ...reminder,
    version: 1,
    title: 'Soon: {title}',
    body,
    isActive: true,
  })
  const second = await save({ ...reminder, body: 'In {minutes} minutes.', title: ' ' })
  const { template } = second.data.saveNotificationTemplate
  expect(template).toMatchObject({ version: 2, title: null, isActive: true })
  expect((await read(reminder)).nodes).toEqual([template])
  expect(await versions(reminder)).toEqual([
    [2, true],
    [1, false],
  ])
  const { rows } = await school
    .database('notification')
    .owner.query(`SELECT actor, action, before, after FROM audit_log ORDER BY created_at, id`)
  expect(rows).toMatchObject([
    { actor: 'user:9000000001', action: 'INSERT', after: { version: 1, is_active: true } },
    { action: 'UPDATE', before: { is_active: true }, after: { is_active: false } },
    { action: 'INSERT', after: { version: 2, is_active: true } },
  ])
})

test('versions saved at once come one after the other, and one is in use', async () => {
  const key = { ...reminder, kind: 'ANNOUNCEMENT' }
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => save({ ...key, body: `News ${index}` })),
  )
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([])
  const saved: [number, boolean][] = await versions(key)
  expect(saved.map(([version]) => version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(saved.filter(([, isActive]) => isActive)).toEqual([[8, true]])
})

test('a retry with the same idempotency key adds no version', async () => {
  const input = { ...reminder, locale: 'pt-br', body, idempotencyKey: 'template-1' }
  const answers = await Promise.all([save(input), save(input), save(input)])
  answers.push(await save(input))
  expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([])
  expect(await versions({ locale: 'pt-BR' })).toEqual([[1, true]])
  const reused = await save({ ...input, body: 'Another' })
  expect(reused.errors?.[0].extensions).toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' })
})

test.each([
  ['input.body', { body: 'Hello {name' }, 'EXPECT_ARGUMENT_CLOSING_BRACE at line 1, column 7'],
  ['input.body', { body: 'Hello\n{n, plural, one {x}}' }, 'MISSING_OTHER_CLAUSE at line 2'],
  ['input.body', { body: '{a, select, other {'.repeat(210) }, ''],
  ['input.title', { title: '{', body }, 'EXPECT_ARGUMENT_CLOSING_BRACE'],
  ['input.body', { body: ' ' }, 'must not be empty'],
  ['input.body', { body: 'x'.repeat(4001) }, ''],
  ['input.body', { body: 'a\0b' }, 'U+0000'],
  ['input.title', { title: 'x'.repeat(201), body }, ''],
  ['input.idempotencyKey', { idempotencyKey: '', body }, ''],
  ['input.locale', { locale: 'not a language', body }, 'BCP 47'],
])('%s is checked (%#)', async (field, changes, message) => {
  const key = { ...reminder, kind: 'WAITLIST_OFFER' }
  const answer = await save({ ...key, ...changes })
  expect(answer.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field })
  expect(answer.errors?.[0].message).toContain(message)
  expect(await versions(key)).toEqual([])
})

test('angle brackets are plain text', async () => {
  const answer = await save({ ...reminder, locale: 'ru', body: '<b>{title}</b> & 1 < 2 <br>' })
  expect(answer.errors).toBeUndefined()
})

test('only administrators read and save templates', async () => {
  for (const [code, viewer] of [
    ['UNAUTHENTICATED', as.anonymous],
    ['FORBIDDEN', as.student(5n)],
    ['FORBIDDEN', as.teacher(5n)],
    ['FORBIDDEN', as.service('groups')],
  ] as const) {
    for (const answer of [
      await save({ ...reminder, body }, viewer),
      await school.ask('notification', viewer, list),
    ]) {
      expect(answer.errors?.[0].extensions.code).toBe(code)
    }
  }
})

test('templates are listed newest first, by filter and page by page, in one statement', async () => {
  const rows = Array.from({ length: 12 }, (_, index) => ({
    kind: 'PROGRESS_RECORDED',
    channel: index % 2 ? 'EMAIL' : 'WEB',
    locale: 'en',
    version: index + 1,
    body: 'Progress',
    is_active: index >= 10,
    created_at: new Date(Date.UTC(2026, 10, 20, 8, Math.floor(index / 3))),
    id: crypto.randomUUID(),
  }))
  await insert(school.database('notification'), 'notification_templates', ...rows)
  const expected = rows
    .toSorted((a, b) => b.created_at.getTime() - a.created_at.getTime() || (a.id < b.id ? 1 : -1))
    .map(({ id }) => id)
  const seen: string[] = []
  let after: string | null = null
  do {
    const filter = { kind: 'PROGRESS_RECORDED', activeOnly: false }
    const page: Awaited<ReturnType<typeof read>> = await read(filter, { first: 5, after })
    seen.push(...page.nodes.map(({ id }: { id: string }) => id))
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after)
  expect(seen).toEqual(expected)
  expect((await read({ kind: 'PROGRESS_RECORDED' })).nodes).toHaveLength(2)
  expect((await read({ kind: 'PROGRESS_RECORDED', activeOnly: null })).nodes).toHaveLength(2)
  expect((await read({ channel: 'EMAIL', activeOnly: false })).nodes).toHaveLength(6)
  expect(
    await school.statements('notification', () => read(undefined, { first: 100 })),
  ).toHaveLength(1)
  const refused = await school.ask('notification', as.admin(), list, { first: 101 })
  expect(refused.errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'first' })
})
