import { randomUUID } from 'node:crypto'
import { insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const day = 24 * 3_600_000
const anna = 4_294_967_301n
const env = { HOUSEKEEPING_SECONDS: '0.1' }

const ago = (days: number) => new Date(Date.now() - days * day).toISOString()

/** How far the services' clock is behind: nothing goes before a test lets it. */
let behind = 200 * day
let school: TestSchool
beforeAll(async () => {
  school = await startSchool({
    services: ['auth', 'students'],
    env: { auth: env, students: env },
    overrides: { clock: () => new Date(Date.now() - behind) },
  })
  await insert(school.database('auth'), 'users', { telegram_id: anna, first_name: 'Anna' })
})
afterAll(() => school.close())

async function idsOf(service: string, table: string, id = 'id'): Promise<string[]> {
  const { rows } = await school.database(service).owner.query(`SELECT ${id} AS id FROM ${table}`)
  return rows.map((row) => row.id).sort()
}

/** One round at the longest distance, and a second one. */
const rounds = { timeout: 8_000 }

test('sessions that ended 30 days ago go with their tokens; what lives or ended lately stays', async () => {
  const session = (expires: number, revoked: number | null = null) => ({
    id: randomUUID(),
    user_telegram_id: anna,
    method: 'LOGIN_CODE',
    created_at: ago(100),
    expires_at: ago(expires),
    revoked_at: revoked === null ? null : ago(revoked),
  })
  const live = session(-10)
  const sessions = {
    live,
    expiredLately: session(29),
    revokedLately: session(-1, 29),
    expired: session(31),
    revoked: session(-1, 31),
  }
  const token = ({ id }: { id: string }, expires: number) => {
    const hash = `\\x${randomUUID().replaceAll('-', '')}`
    return { id: randomUUID(), session_id: id, token_hash: hash, expires_at: ago(expires) }
  }
  const kept = [token(live, -10), token(live, 29), token(sessions.revokedLately, -1)]
  const gone = [token(live, 31), token(sessions.expired, 31), token(sessions.revoked, -1)]
  // More than go in one statement.
  const many = Array.from({ length: 2_500 }, () => token(sessions.revoked, -1))
  await insert(school.database('auth'), 'sessions', ...Object.values(sessions))
  await insert(school.database('auth'), 'refresh_tokens', ...kept, ...gone, ...many)
  behind = 0

  const remaining = [live.id, sessions.expiredLately.id, sessions.revokedLately.id].sort()
  await expect.poll(() => idsOf('auth', 'sessions'), rounds).toEqual(remaining)
  expect(await idsOf('auth', 'refresh_tokens')).toEqual(kept.map(({ id }) => id).sort())
  const { rows } = await school
    .database('auth')
    .owner.query(
      `SELECT DISTINCT actor FROM audit_log WHERE action = 'DELETE' AND table_name = 'sessions'`,
    )
  expect(rows).toEqual([{ actor: 'system:housekeeping' }])
})

test('login codes go a day after they expired', async () => {
  const code = (expires: number) => ({
    id: randomUUID(),
    user_telegram_id: anna,
    code_hash: '\\x01',
    expires_at: ago(expires),
  })
  const [live, lately, old] = [code(-1), code(0.9), code(1.1)]
  await insert(school.database('auth'), 'login_codes', live, lately, old)
  behind = 0
  await expect.poll(() => idsOf('auth', 'login_codes'), rounds).toEqual([live.id, lately.id].sort())
})

test.each(['auth', 'students'])('keys of requests go after a week, in %s too', async (service) => {
  const key = (name: string, days: number) => ({
    actor: `user:${anna}`,
    operation: 'createStudent',
    key: name,
    request_hash: '\\x01',
    created_at: ago(days),
  })
  const many = Array.from({ length: 1_200 }, (_, n) => key(`older-${n}`, 8 + n))
  const rows = [key('new', 6), key('old', 8), ...many]
  await insert(school.database(service), 'idempotency_keys', ...rows)
  behind = 0
  await expect.poll(() => idsOf(service, 'idempotency_keys', 'key'), rounds).toEqual(['new'])
})

test('a database that is away for a while ends nothing', async () => {
  const database = school.database('auth')
  await database.owner.query(`ALTER TABLE login_codes RENAME TO away`)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  await database.owner.query(`ALTER TABLE away RENAME TO login_codes`)
  const old = { user_telegram_id: anna, code_hash: '\\x02', expires_at: ago(5) }
  await insert(database, 'login_codes', old)
  behind = 0
  await expect
    .poll(async () => {
      const { rows } = await database.owner.query(
        `SELECT FROM login_codes WHERE code_hash = '\\x02'`,
      )
      return rows
    }, rounds)
    .toEqual([])
})
