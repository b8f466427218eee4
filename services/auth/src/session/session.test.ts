import { type Answer, as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { createAccessTokenVerifier, createEnvelopeSigner } from '@classgram/viewer'
import { createLocalJWKSet } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { knowsToken, launchData } from '../telegram/test-telegram.ts'
import { createClient, sessions, tokens } from './test-client.ts'

const issuer = 'https://school.example'
const anna = 4_294_967_301n
const boris = 1_099_511_627_777n
const vera = 9_000_000_001n
const day = 24 * 60 * 60 * 1000

/** How far the school's clock is ahead. */
let ahead = 0
const now = () => new Date(Date.now() + ahead)

let school: TestSchool
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  school = await startSchool({
    services: ['auth'],
    env: { auth: { ...knowsToken, TOKEN_ISSUER: issuer } },
    overrides: { clock: now },
  })
  client = createClient(school, now)
  await insert(
    school.database('auth'),
    'users',
    { telegram_id: anna, role: 'STUDENT', first_name: 'Anna' },
    { telegram_id: boris, role: 'STUDENT', first_name: 'Boris' },
    { telegram_id: vera, role: 'ADMIN', first_name: 'Vera' },
  )
})
afterAll(() => school.close())
afterEach(() => {
  ahead = 0
})

async function roleIn(accessToken: string) {
  const jwks = await (await fetch(`${school.url('auth')}/.well-known/jwks.json`)).json()
  const verify = createAccessTokenVerifier(issuer, createLocalJWKSet(jwks as never))
  const viewer = await verify(accessToken)
  return viewer.kind === 'person' ? viewer.role : undefined
}

/** Changes a person behind the API's back. */
async function change(telegramId: bigint, set: string) {
  await school
    .database('auth')
    .owner.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true); UPDATE users SET ${set} WHERE telegram_id = ${telegramId}; COMMIT`,
    )
}

async function sessionRow(id: string) {
  const { rows } = await school.database('auth').owner.query(
    `SELECT s.*, (SELECT count(*)::int FROM refresh_tokens t WHERE t.session_id = s.id AND used_at IS NULL) AS unused
       FROM sessions s WHERE s.id = $1`,
    [id],
  )
  return rows[0]
}

describe('refreshing', () => {
  test('gives a new pair each time, within the same session; only hashes are stored', async () => {
    const first = await client.signIn(anna)
    expect(first).toMatchObject({ expiresIn: 900, session: { method: 'TELEGRAM_MINI_APP' } })
    expect(Buffer.from(first.refreshToken, 'base64url')).toHaveLength(32)
    const second = await client.refresh(first.refreshToken)
    const third = await client.refresh(second.refreshToken)
    expect(new Set([first, second, third].map((pair) => pair.refreshToken)).size).toBe(3)
    expect(third.session.id).toBe(first.session.id)
    expect(await roleIn(third.accessToken)).toBe('STUDENT')
    expect(await sessionRow(first.session.id)).toMatchObject({ revoked_at: null, unused: 1 })
    const { rows } = await school
      .database('auth')
      .owner.query('SELECT refresh_tokens::text AS text FROM refresh_tokens')
    const text = JSON.stringify(rows)
    for (const { refreshToken } of [first, second, third]) {
      expect(text).not.toContain(refreshToken)
      expect(text).not.toContain(Buffer.from(refreshToken, 'base64url').toString('hex'))
    }
  })

  test('with a token that was used before ends the whole session', async () => {
    const first = await client.signIn(anna)
    const second = await client.refresh(first.refreshToken)
    const third = await client.refresh(second.refreshToken)
    expect((await client.refresh(first.refreshToken)).code).toBe('UNAUTHENTICATED')
    expect((await client.refresh(third.refreshToken)).code).toBe('UNAUTHENTICATED')
    expect(await sessionRow(first.session.id)).toMatchObject({
      revoked_reason: 'REFRESH_TOKEN_REUSED',
    })
  })

  test('is answered again within 10 seconds, and the pair that was lost is void', async () => {
    const first = await client.signIn(anna)
    const lost = await client.refresh(first.refreshToken)
    ahead = 9_000
    const again = await client.refresh(first.refreshToken)
    expect(again.session.id).toBe(first.session.id)
    expect(await sessionRow(first.session.id)).toMatchObject({ unused: 1 })
    const next = await client.refresh(again.refreshToken)
    expect(next.code).toBeUndefined()
    expect((await client.refresh(lost.refreshToken)).code).toBe('UNAUTHENTICATED')
    expect((await client.refresh(next.refreshToken)).code).toBe('UNAUTHENTICATED')
  })

  test('is a theft after 10 seconds', async () => {
    const first = await client.signIn(anna)
    const second = await client.refresh(first.refreshToken)
    ahead = 10_500
    expect((await client.refresh(first.refreshToken)).code).toBe('UNAUTHENTICATED')
    expect((await client.refresh(second.refreshToken)).code).toBe('UNAUTHENTICATED')
  })

  test('50 times at once with one token leaves one token that works', async () => {
    const first = await client.signIn(anna)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.refresh(first.refreshToken)),
    )
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined]))
    expect(await sessionRow(first.session.id)).toMatchObject({ unused: 1, revoked_at: null })
    const works = []
    for (const { refreshToken } of answers) works.push((await client.refresh(refreshToken)).code)
    expect(works.filter((code) => code === undefined).length).toBeLessThanOrEqual(1)
    expect(new Set(works)).not.toContain('INTERNAL')
    expect(await sessionRow(first.session.id)).toMatchObject({
      revoked_reason: 'REFRESH_TOKEN_REUSED',
    })
  }, 30_000)

  test('two generations at once never leaves two tokens that work', async () => {
    const first = await client.signIn(anna)
    const second = await client.refresh(first.refreshToken)
    const both = Array.from({ length: 20 }, (_, n) => (n % 2 ? first : second).refreshToken)
    const answers = await Promise.all(both.map(client.refresh))
    expect(answers.map(({ code }) => code)).not.toContain('INTERNAL')
    const { unused, revoked_at } = await sessionRow(first.session.id)
    expect(revoked_at !== null || unused === 1).toBe(true)
  }, 30_000)

  test('goes on as long as it is used, and ends 30 days after', async () => {
    const first = await client.signIn(anna)
    ahead = 29 * day
    const second = await client.refresh(first.refreshToken)
    expect(second.code).toBeUndefined()
    ahead = 58 * day
    const third = await client.refresh(second.refreshToken)
    expect(third.code).toBeUndefined()
    ahead = 88 * day + 1000
    expect((await client.refresh(third.refreshToken)).code).toBe('UNAUTHENTICATED')
    expect(await client.liveIds(anna)).not.toContain(first.session.id)
  })

  test.each(['', 'nonsense', 'A'.repeat(43), '\u0000', '\ud800'])(
    'with %j is refused',
    async (token) => {
      expect((await client.refresh(token)).code).toBe('UNAUTHENTICATED')
    },
  )

  test('takes the role of now', async () => {
    const { refreshToken } = await client.signIn(boris)
    await change(boris, `role = 'TEACHER'`)
    expect(await roleIn((await client.refresh(refreshToken)).accessToken)).toBe('TEACHER')
  })

  test.each([
    ['shut', 'is_active = false', 'is_active = true'],
    ['erased', 'erased_at = now()', 'erased_at = NULL'],
  ])('is over while the account is %s', async (_, shut, open) => {
    const { refreshToken } = await client.signIn(boris)
    await change(boris, shut)
    expect((await client.refresh(refreshToken)).code).toBe('FORBIDDEN')
    await change(boris, open)
    expect((await client.refresh(refreshToken)).code).toBeUndefined()
  })
})

test('people see their own sessions, administrators everybody’s, the latest first', async () => {
  const [older, newer] = [await client.signIn(boris), await client.signIn(boris)]
  const own = await school.ask('auth', as.student(boris), sessions, { id: boris })
  expect(own.data?.user.sessions.slice(0, 2)).toMatchObject([
    { id: newer.session.id, method: 'TELEGRAM_MINI_APP' },
    { id: older.session.id, method: 'TELEGRAM_MINI_APP' },
  ])
  expect(await client.liveIds(boris)).toContain(newer.session.id)
  const service = await school.ask('auth', as.service('groups'), sessions, { id: boris })
  expect(service.errors?.[0].extensions.code).toBe('FORBIDDEN')
  expect(service.data?.user.sessions).toBeNull()
  const other = await school.ask('auth', as.student(anna), sessions, { id: boris })
  expect(other.errors?.[0].extensions.code).toBe('FORBIDDEN')
})

test('who is erased while they refresh is signed out', async () => {
  const { refreshToken, session } = await client.signIn(anna)
  const other = await school.database('auth').owner.connect()
  try {
    await other.query(
      `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
       DELETE FROM refresh_tokens WHERE session_id = '${session.id}';
       DELETE FROM sessions WHERE id = '${session.id}'`,
    )
    const refreshed = client.refresh(refreshToken)
    const waits = `SELECT FROM pg_locks l JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND datname = current_database()`
    await expect.poll(async () => (await other.query(waits)).rowCount).toBe(1)
    await other.query('COMMIT')
    expect((await refreshed).code).toBe('UNAUTHENTICATED')
  } finally {
    await other.query('ROLLBACK')
    other.release()
  }
})

test.each([
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['somewhere', null],
])(
  'a session tells from which program it was opened, and keeps the address %s',
  async (address, kept) => {
    const sign = await createEnvelopeSigner(school.envelopeKeys.gateway ?? {})
    const from = { address, userAgent: 'Telegram/11.2' }
    const response = await fetch(`${school.url('auth')}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-classgram-envelope': await sign({ viewer: as.anonymous, client: from }, 'auth'),
      },
      body: JSON.stringify({
        query: `mutation ($input: SignInWithTelegramInput!) { signInWithTelegram(input: $input) { ${tokens} } }`,
        variables: { input: { initData: launchData({ id: Number(anna), first_name: 'Anna' }) } },
      }),
    })
    const { data } = (await response.json()) as Answer
    const { session } = data.signInWithTelegram
    expect(session.userAgent).toBe('Telegram/11.2')
    expect((await sessionRow(session.id)).ip_address).toBe(kept)
  },
)

test('the sessions of many people cost one statement', async () => {
  const all = '{ users(first: 100) { nodes { sessions { id } } } }'
  const statements = await school.statements('auth', () => school.ask('auth', as.admin(), all))
  expect(statements).toHaveLength(2)
})

test('each write of a session names its person as the author', async () => {
  const { session, refreshToken } = await client.signIn(anna)
  await client.refresh(refreshToken)
  const { rows } = await school.database('auth').owner.query(
    `SELECT DISTINCT actor FROM audit_log
       WHERE row_id = $1 OR row_id IN (SELECT id::text FROM refresh_tokens WHERE session_id = $1::uuid)`,
    [session.id],
  )
  expect(rows).toEqual([{ actor: `user:${anna}` }])
})
