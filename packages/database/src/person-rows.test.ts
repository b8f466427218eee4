import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseUrl, listDatabases } from './databases.ts'
import { readPersonRows } from './person-rows.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const anna = 4_503_599_627_370_497_001n
const boris = 4_294_967_302n
const vault = {
  open: ({ ciphertext, keyId }: { ciphertext: Uint8Array; keyId: string }, purpose: string) =>
    `${purpose} ${keyId} ${Buffer.from(ciphertext).toString('hex')}`,
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(listDatabases())
  await server.run(
    'auth',
    `INSERT INTO users (telegram_id, first_name, phone_ciphertext, phone_key_id, phone_hash, last_seen_at)
     VALUES (${anna}, 'Анна', '\\xcafe01', 'k1', '\\xbeef01', '2026-03-01 21:30:00+03'),
       (${boris}, 'Boris', '\\xcafe02', 'k1', '\\xbeef02', null);
     INSERT INTO sessions (id, user_telegram_id, method, ip_address, expires_at) VALUES
       ('01930000-0000-7000-8000-000000000001', ${anna}, 'LOGIN_CODE', '192.0.2.1', now() + interval '1 day'),
       ('01930000-0000-7000-8000-000000000002', ${boris}, 'LOGIN_CODE', '192.0.2.2', now() + interval '1 day');
     INSERT INTO refresh_tokens (session_id, token_hash, expires_at)
     SELECT id, sha256(id::text::bytea), expires_at FROM sessions;
     INSERT INTO idempotency_keys (actor, operation, key, request_hash, response) VALUES
       ('user:${anna}', 'recordConsent', 'hers', '\\x01', '{"id": "1"}'),
       ('user:${boris}', 'recordConsent', 'his', '\\x02', null)`,
    'system:test',
  )
})
afterAll(() => server.stop())

/** As a service's client, with the service's rights, and what it sent. */
async function readAs(service: string, telegramId: bigint, opener?: typeof vault) {
  const client = new pg.Client({
    connectionString: server.url(service),
    options: '-c timezone=Asia/Tokyo',
  })
  await client.connect()
  const sent: string[] = []
  const db = {
    async $queryRawUnsafe<R>(sql: string, ...values: unknown[]) {
      sent.push(sql)
      return (await client.query(sql, values.map(String))).rows as R
    },
  }
  try {
    return { rows: await readPersonRows(db, telegramId, opener), sent }
  } finally {
    await client.end()
  }
}

describe('what is read of a person', () => {
  test('is all their rows: ids as text, instants in UTC, what is sealed open, no hashes', async () => {
    const { rows } = await readAs('auth', anna, vault)
    expect(Object.keys(rows)).toEqual(['idempotency_keys', 'refresh_tokens', 'sessions', 'users'])
    const [user] = rows.users ?? []
    expect(user).toMatchObject({
      telegram_id: String(anna),
      first_name: 'Анна',
      last_seen_at: '2026-03-01T18:30:00.000Z',
      phone: 'users.phone k1 cafe01',
      email: null,
      metadata: {},
    })
    expect(Object.keys(user ?? {}).filter((name) => /hash|cipher|key/.test(name))).toEqual([])
    expect(rows.sessions).toMatchObject([{ user_telegram_id: String(anna), method: 'LOGIN_CODE' }])
  })

  test('is also what hangs on their rows, and nothing of others', async () => {
    const { rows } = await readAs('auth', anna, vault)
    expect(rows.refresh_tokens).toEqual([
      {
        id: expect.any(String),
        session_id: rows.sessions?.[0]?.id,
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        used_at: null,
        replaced_by_id: null,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ])
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`Boris|${boris}|192.0.2.2`))
  })

  test('is also what is kept of their requests', async () => {
    const { rows } = await readAs('auth', anna, vault)
    expect(rows.idempotency_keys).toEqual([
      {
        operation: 'recordConsent',
        key: 'hers',
        response: { id: '1' },
        created_at: expect.stringMatching(/Z$/),
      },
    ])
  })

  test('is nothing of somebody unknown', async () => {
    expect((await readAs('auth', 77n, vault)).rows).toEqual({})
    expect((await readAs('calendar', 77n)).rows).toEqual({})
  })

  test('costs two statements', async () => {
    expect((await readAs('auth', anna, vault)).sent).toHaveLength(2)
  })

  test('does not go without what is sealed', async () => {
    await expect(readAs('auth', anna)).rejects.toThrow('users.phone is sealed')
  })
})

test('a new table is read as soon as it is audited, down to what belongs to its rows', async () => {
  const owner = new pg.Client(databaseUrl(server.adminUrl, 'teachers'))
  await owner.connect()
  await owner.query(
    `CREATE DOMAIN digest AS bytea;
     CREATE TABLE "Payouts" (
       id int, "Teacher" bigint, amount numeric, refs bigint[], proof digest, PRIMARY KEY (id, "Teacher"));
     CREATE TABLE payout_lines (
       payout int, teacher bigint, text text,
       FOREIGN KEY (payout, teacher) REFERENCES "Payouts" (id, "Teacher") ON DELETE CASCADE);
     CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON "Payouts"
       FOR EACH ROW EXECUTE FUNCTION audit_row('Teacher', 'proof', 'amount');
     INSERT INTO payout_lines VALUES (null, null, 'nobody''s');
     ALTER TABLE "Payouts" DISABLE TRIGGER audit;
     INSERT INTO "Payouts" VALUES
       (1, ${anna}, 12345678901234567890.10, '{9007199254740993}', '\\x01'), (1, ${boris}, 1, '{}', '\\x02');
     INSERT INTO payout_lines VALUES (1, ${anna}, 'hers'), (1, ${boris}, 'his');
     CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON payout_lines
       FOR EACH ROW EXECUTE FUNCTION audit_row('');
     GRANT SELECT ON ALL TABLES IN SCHEMA public TO teachers`,
  )
  await owner.end()
  expect((await readAs('teachers', anna)).rows).toEqual({
    Payouts: [
      {
        id: 1,
        Teacher: String(anna),
        amount: '12345678901234567890.10',
        refs: ['9007199254740993'],
      },
    ],
    payout_lines: [{ payout: 1, teacher: String(anna), text: 'hers' }],
  })
})

test.each([
  ['auth', ['oauth_clients', 'signing_keys']],
  ['teachers', []],
  ['students', []],
  ['groups', ['group_lessons']],
  ['calendar', ['group_states']],
  ['notification', ['notification_templates']],
])('in %s the tables about nobody are %j', async (service, aboutNobody) => {
  const { sent } = await readAs(service, anna, vault)
  const read = [...(sent[1] ?? '').matchAll(/SELECT '(\w+)' AS "table"/g)].map(([, name]) => name)
  const audited = await server.run(
    service,
    `SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger
     WHERE tgfoid = 'audit_row'::regproc`,
  )
  const unread = audited.filter(({ name }) => !read.includes(String(name).replaceAll('"', '')))
  expect(unread.map(({ name }) => name).sort()).toEqual(aboutNobody)
})

test.each(listDatabases())('secrets in %s are bytes, by which they are known', async (service) => {
  const legible = await server.run(
    service,
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name ~ 'hash|cipher|secret|token|password'
       AND data_type <> 'bytea'`,
  )
  expect(legible).toEqual([])
})
