import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const clara = 1_099_511_627_778n
const erased = 1_099_511_627_779n
const vera = 9_000_000_001n
const nowhere = '01930000-0000-7000-8000-000000000000'
const start = Date.parse('2026-11-20T12:00:00Z')

let now = start
let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    overrides: { clock: () => new Date(now) },
  })
  await insert(
    school.database('auth'),
    'users',
    ...[anna, boris, clara, erased].map((telegram_id) => ({
      telegram_id,
      role: 'STUDENT',
      first_name: 'X',
      erased_at: telegram_id === erased ? '2026-01-01T00:00:00Z' : null,
    })),
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera', erased_at: null },
  )
})
afterAll(() => school.close())
afterEach(() => {
  now = start
})

const fields = 'id document version acceptedAt withdrawnAt'
const record = `mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { consent { ${fields} } } }`
const withdraw = `mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { consent { ${fields} } } }`
const list = `query ($id: TelegramID!, $first: Int, $after: String) { user(telegramId: $id) {
  consents(first: $first, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } } }`

async function agree(telegramId: bigint, document: string, more: object = {}) {
  const input = { document, version: '2026-11', ...more }
  const { data, errors } = await school.ask('auth', as.student(telegramId), record, { input })
  return data?.recordConsent.consent ?? errors?.[0].extensions
}

async function withdrawAs(viewer: Parameters<TestSchool['ask']>[1], consentId: string) {
  const answer = await school.ask('auth', viewer, withdraw, { input: { consentId } })
  return answer.data?.withdrawConsent.consent ?? answer.errors?.[0].extensions
}

const code = (answer: Answer) => answer.errors?.[0].extensions.code

async function count(document: string): Promise<number> {
  const { rows } = await school
    .database('auth')
    .owner.query('SELECT count(*)::int AS n FROM consents WHERE document = $1', [document])
  return rows[0].n
}

describe('agreeing', () => {
  test('is recorded with the version and the instant, and who did it', async () => {
    const consent = await agree(anna, 'privacy-policy', { version: ' 2026-11 ' })
    expect(consent).toEqual({
      id: expect.any(String),
      document: 'privacy-policy',
      version: '2026-11',
      acceptedAt: new Date(start).toISOString(),
      withdrawnAt: null,
    })
    const { rows } = await school
      .database('auth')
      .owner.query('SELECT actor, action, person_telegram_id FROM audit_log WHERE row_id = $1', [
        consent.id,
      ])
    expect(rows).toEqual([
      { actor: `user:${anna}`, action: 'INSERT', person_telegram_id: String(anna) },
    ])
  })

  test('again gives the first record', async () => {
    const first = await agree(anna, 'house-rules')
    now = start + 60_000
    expect(await agree(anna, 'house-rules')).toEqual(first)
    expect(await agree(anna, 'house-rules', { version: '2026-12' })).not.toEqual(first)
    expect(await agree(boris, 'house-rules')).not.toEqual(first)
  })

  test('twenty times at once makes one row, audited once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => agree(anna, 'newsletter')))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    expect(await count('newsletter')).toBe(1)
    const { rows } = await school
      .database('auth')
      .owner.query('SELECT count(*)::int AS n FROM audit_log WHERE row_id = $1', [all[0].id])
    expect(rows).toEqual([{ n: 1 }])
  })

  test('and withdrawing at once, many times, always ends well', async () => {
    const acts = Array.from({ length: 20 }, async (_, index) => {
      const consent = await agree(boris, 'photos')
      return index % 2 ? consent : withdrawAs(as.student(boris), consent.id)
    })
    const all = await Promise.all(acts)
    expect(all.filter(({ code }) => code)).toEqual([])
  })

  test('after a withdrawal is a new record, but not for the retry of the old one', async () => {
    const first = await agree(anna, 'video', { idempotencyKey: 'v1' })
    const withdrawn = await withdrawAs(as.student(anna), first.id)
    expect(await agree(anna, 'video', { idempotencyKey: 'v1' })).toEqual(withdrawn)
    expect(await count('video')).toBe(1)
    expect(await agree(anna, 'video')).toMatchObject({ withdrawnAt: null })
    expect(await count('video')).toBe(2)
  })

  test('with a key that came with another text is a conflict', async () => {
    await agree(anna, 'cookies', { idempotencyKey: 'c1' })
    const { code, reason } = await agree(anna, 'maps', { idempotencyKey: 'c1' })
    expect([code, reason]).toEqual(['CONFLICT', 'IDEMPOTENCY_KEY_REUSED'])
    expect(await count('maps')).toBe(0)
  })

  test.each([
    ['document', ''],
    ['document', 'Privacy Policy'],
    ['document', '-a'],
    ['document', 'a'.repeat(101)],
    ['version', '  '],
    ['version', 'v'.repeat(51)],
    ['version', 'a\0b'],
  ])('needs a proper %s, not %j', async (field, text) => {
    expect(await agree(anna, 'terms', { [field]: text })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: `input.${field}`,
    })
  })

  test.each([
    ['nobody', as.anonymous, 'UNAUTHENTICATED'],
    ['programs', as.machine('people:read'), 'FORBIDDEN'],
    ['sister services', as.service('groups'), 'FORBIDDEN'],
    ['who was erased', as.student(erased), 'FORBIDDEN'],
    ['who is not known', as.student(77n), 'FORBIDDEN'],
  ])('is not for %s', async (_, viewer, expected) => {
    const input = { document: 'terms', version: '1' }
    expect(code(await school.ask('auth', viewer, record, { input }))).toBe(expected)
    expect(await count('terms')).toBe(0)
  })
})

describe('withdrawing', () => {
  test('is dated, and done once', async () => {
    const consent = await agree(anna, 'analytics')
    now = start + 60_000
    const withdrawn = await withdrawAs(as.student(anna), consent.id)
    expect(withdrawn).toEqual({ ...consent, withdrawnAt: new Date(now).toISOString() })
    now = start + 120_000
    expect(await withdrawAs(as.student(anna), consent.id)).toEqual(withdrawn)
  })

  test('works where a clock is behind', async () => {
    const consent = await agree(anna, 'sounds')
    now = start - 5_000
    const { withdrawnAt } = await withdrawAs(as.student(anna), consent.id)
    expect(withdrawnAt).toBe(consent.acceptedAt)
  })

  test('is not for others, who cannot tell whether there is such a consent', async () => {
    const { id } = await agree(anna, 'contests')
    for (const consentId of [id, nowhere]) {
      expect(await withdrawAs(as.student(boris), consentId)).toMatchObject({ code: 'FORBIDDEN' })
    }
    expect(await agree(anna, 'contests')).toMatchObject({ id, withdrawnAt: null })
  })

  test('is done by administrators on request', async () => {
    const { id } = await agree(anna, 'letters')
    expect(await withdrawAs(as.admin(vera), id)).toMatchObject({ withdrawnAt: expect.any(String) })
    expect(await withdrawAs(as.admin(vera), nowhere)).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the history of a person', () => {
  const page = (viewer: Parameters<TestSchool['ask']>[1], variables: object = {}) =>
    school.ask('auth', viewer, list, { id: clara, ...variables })

  test('is theirs and the administrators’, the latest first, page by page', async () => {
    const documents = ['first', 'second', 'third']
    for (const document of documents) {
      now += 1_000
      await agree(clara, document)
    }
    const one = (await page(as.student(clara), { first: 2 })).data?.user.consents
    expect(one.nodes.map((node: { document: string }) => node.document)).toEqual([
      'third',
      'second',
    ])
    expect(one.pageInfo.hasNextPage).toBe(true)
    const after = one.pageInfo.endCursor
    const two = (await page(as.admin(vera), { first: 2, after })).data?.user.consents
    expect(two.nodes.map((node: { document: string }) => node.document)).toEqual(['first'])
    expect(two.pageInfo.hasNextPage).toBe(false)
  })

  test('is not for programs that may read people', async () => {
    const answer = await page(as.machine('people:read'))
    expect(answer.data?.user.consents).toBeNull()
    expect(code(answer)).toBe('FORBIDDEN')
  })

  test('is read for all people of a list in one statement', async () => {
    const all = '{ users(first: 100) { nodes { consents(first: 1) { nodes { id } } } } }'
    const act = () => school.ask('auth', as.admin(vera), all)
    expect(await school.statements('auth', act)).toHaveLength(2)
    const { data } = await act()
    const agreed = data.users.nodes.filter((user: Answer['data']) => user.consents.nodes.length > 0)
    expect(agreed).toHaveLength(3)
  })
})
