import { as, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const anna = 4_294_967_301n
const connections = 6
const crowd = 30

let school: TestSchool
beforeAll(async () => {
  const env = { auth: { DATABASE_CONNECTIONS: `${connections}` } }
  school = await startSchool({ services: ['auth'], env })
  await insert(school.database('auth'), 'users', { telegram_id: anna, first_name: 'Anna' })
})
afterAll(() => school.close())

test('of a crowd that searches all are answered, and beside it everybody else', async () => {
  const { owner } = school.database('auth')
  // A search that is slow, for as long as the test wants.
  await owner.query(`
    ALTER FUNCTION search_key RENAME TO quick_search_key;
    CREATE FUNCTION search_key(name text) RETURNS text STRICT LANGUAGE plpgsql
    SET lock_timeout = 0 AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(17);
      RETURN quick_search_key(name);
    END $$`)
  const searching = async () => {
    const { rows } = await owner.query(`
      SELECT count(*)::int AS waiting FROM pg_locks
      WHERE locktype = 'advisory' AND objid = 17 AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
    return rows[0].waiting
  }
  const holder = await owner.connect()
  await holder.query('SELECT pg_advisory_lock(17)')
  const search = '{ users(filter: { search: "Anna" }) { nodes { firstName } } }'
  const answers = Array.from({ length: crowd }, () => school.ask('auth', as.admin(), search))
  try {
    await expect.poll(searching, { timeout: 10_000 }).toBe(connections / 2)
    const { errors } = await school.ask(
      'auth',
      as.student(anna),
      `mutation { updateUser(input: { telegramId: "${anna}", timezone: "UTC" }) { user { timezone } } }`,
    )
    expect(errors).toBeUndefined()
    expect(await searching()).toBe(connections / 2)
  } finally {
    await holder.query('SELECT pg_advisory_unlock(17)')
    holder.release()
  }
  for (const answer of await Promise.all(answers)) {
    expect(answer).toEqual({ data: { users: { nodes: [{ firstName: 'Anna' }] } } })
  }
})
