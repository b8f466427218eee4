import { as, eveningEnglish, insert, startSchool, type TestSchool } from '@classgram/test/kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { erase, services } from './test-erasure.ts'
import { findRemains, mark, write } from './test-person.ts'

const { people } = eveningEnglish
const sisters = services.filter((name) => name !== 'auth')

let school: TestSchool
beforeAll(async () => {
  school = await startSchool({ services })
  await eveningEnglish.fillEveningEnglish(school)
})
afterAll(() => school.close())

async function select(service: string, sql: string, ...values: unknown[]) {
  return (await school.database(service).owner.query(sql, values)).rows
}

/** Somebody who is a student in auth and students, and has one notification. */
async function enrol(telegramId: bigint, role = 'STUDENT'): Promise<bigint> {
  await insert(school.database('auth'), 'users', {
    telegram_id: telegramId,
    role,
    first_name: mark,
  })
  await insert(school.database('students'), 'students', { telegram_id: telegramId, goals: mark })
  await insert(school.database('notification'), 'notifications', {
    recipient_telegram_id: telegramId,
    kind: 'ANNOUNCEMENT',
    text: mark,
    dedup_key: 'x',
  })
  return telegramId
}

test.each([
  ['another student', as.student(people.boris)],
  ['a teacher', as.teacher(people.tanya)],
  ['a program', as.machine('people:read')],
  ['a service', as.service('groups')],
])('%s may erase nobody, whether there is such a person or not', async (_, viewer) => {
  for (const telegramId of [people.outsider, 99n]) {
    expect((await erase(school, telegramId, viewer)).code).toBe('FORBIDDEN')
  }
  const read = '{ erasure(telegramId: 99) { completedAt } }'
  expect((await school.ask('auth', viewer, read)).errors?.[0].extensions.code).toBe('FORBIDDEN')
})

test('nobody signed in is told to sign in; administrators learn that there is no such person', async () => {
  expect((await erase(school, people.outsider, as.anonymous)).code).toBe('UNAUTHENTICATED')
  expect((await erase(school, 99n)).code).toBe('NOT_FOUND')
  // Was an administrator once, by the token.
  expect((await erase(school, people.outsider, as.admin(people.boris))).code).toBe('FORBIDDEN')
})

test('only auth may have the services erase somebody', async () => {
  const direct = 'mutation { erasePersonData(input: { telegramId: 5 }) }'
  for (const viewer of [as.admin(people.admin), as.service('groups')]) {
    const { errors } = await school.ask('calendar', viewer, direct)
    expect(errors?.[0].extensions.code).toBe('FORBIDDEN')
  }
})

test('of twenty at once there is one erasure, and each service is asked once', async () => {
  const id = await enrol(7_000_001n)
  const viewers = [as.student(id), as.admin(people.admin)]
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => erase(school, id, viewers[n % 2])),
  )
  expect(answers.map(({ code }) => code)).toEqual(Array(20).fill(undefined))
  expect(new Set(answers.map(({ erasure }) => erasure.requestedAt)).size).toBe(1)
  const { receipts } = await erase(school, id)
  for (const service of services) {
    expect(receipts[service]).toMatchObject({ status: 'DONE', attempts: 1 })
    const told = await select(
      service,
      `SELECT FROM audit_log WHERE person_telegram_id = $1 AND table_name = 'audit_log'`,
      String(id),
    )
    expect(told).toHaveLength(1)
  }
  expect(receipts.students?.rows).toMatchObject({ students: 1 })
  expect(receipts.notification?.rows).toMatchObject({ notifications: 1 })
})

test('a service that is away is pending, and done when it is asked again', async () => {
  const id = await enrol(7_000_002n)
  const restart = await school.stop('notification')
  try {
    const { erasure, receipts } = await erase(school, id)
    expect(erasure.completedAt).toBeNull()
    expect(receipts.notification).toEqual({
      service: 'notification',
      status: 'PENDING',
      rows: null,
      completedAt: null,
      attempts: 1,
      lastError: 'SERVICE_UNAVAILABLE',
    })
    for (const service of services.filter((name) => name !== 'notification')) {
      expect(receipts[service]?.status).toBe('DONE')
    }
  } finally {
    await restart()
  }
  expect(
    await select('notification', `SELECT FROM notifications WHERE text = '${mark}'`),
  ).not.toEqual([])
  // The breaker lets the first question through once five seconds are over.
  await expect
    .poll(async () => (await erase(school, id)).erasure.completedAt, { timeout: 10_000 })
    .toBeTruthy()
  const { receipts } = await erase(school, id)
  expect(receipts.notification).toMatchObject({ rows: { notifications: 1 }, lastError: null })
  expect(receipts.groups?.attempts).toBe(1)
})

test('whoever died while asking leaves the rest to the next, who waits until the claim is over', async () => {
  const id = await enrol(7_000_003n)
  const restarts = await Promise.all(sisters.map((name) => school.stop(name)))
  await erase(school, id)
  await Promise.all(restarts.map((restart) => restart()))
  const claim = (until: string) =>
    school.database('auth').owner.query(
      `BEGIN; SET LOCAL classgram.actor = 'system:test';
       UPDATE erasure_receipts SET claimed_until = now() + interval '${until}'
       WHERE completed_at IS NULL AND erasure_id = (SELECT id FROM erasures WHERE telegram_id = ${id});
       COMMIT`,
    )
  await claim('20 seconds')
  const { receipts } = await erase(school, id)
  for (const sister of sisters) expect(receipts[sister]).toMatchObject({ attempts: 1 })
  await claim('-1 second')
  await expect
    .poll(async () => (await erase(school, id)).erasure.completedAt, { timeout: 15_000 })
    .toBeTruthy()
  expect(await findRemains(school, services, [mark])).toEqual([])
})

test('4,000 notifications, more than a service removes at a time, are on the receipt', async () => {
  const id = await enrol(7_000_004n)
  await write(school, 'notification', [
    `INSERT INTO notifications (recipient_telegram_id, kind, text, dedup_key)
     SELECT ${id}, 'ANNOUNCEMENT', '${mark}', n::text FROM generate_series(2, 4000) n`,
    `INSERT INTO notification_logs (notification_id, channel, attempt, text, duration_ms)
     SELECT id, 'TELEGRAM', 1, text, 5 FROM notifications WHERE recipient_telegram_id = ${id}`,
  ])
  const { receipts } = await erase(school, id)
  expect(receipts.notification).toMatchObject({
    status: 'DONE',
    attempts: 1,
    rows: { notifications: 4_000, notification_logs: 4_000 },
  })
  expect(await findRemains(school, ['notification'], [mark])).toEqual([])
}, 30_000)

test('what an administrator changes at the same moment goes, too, or comes too late', async () => {
  const id = await enrol(7_000_005n)
  const erasing = await school.database('auth').owner.connect()
  try {
    await erasing.query(`BEGIN; SET LOCAL classgram.actor = 'system:test';
      UPDATE users SET erased_at = now(), is_active = false WHERE telegram_id = ${id}`)
    const update = school.ask(
      'auth',
      as.admin(people.admin),
      `mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { telegramId } } }`,
      { input: { telegramId: id, firstName: mark, isActive: true } },
    )
    const waiting = `SELECT FROM pg_locks WHERE NOT granted`
    await expect.poll(() => select('auth', waiting)).not.toEqual([])
    await erasing.query('COMMIT')
    expect((await update).errors?.[0].extensions.reason).toBe('USER_ERASED')
  } finally {
    erasing.release(true)
  }
})

test('of all administrators who erase themselves at once, one stays', async () => {
  const all = [await enrol(7_000_011n, 'ADMIN'), await enrol(7_000_012n, 'ADMIN'), people.admin]
  const answers = await Promise.all(all.map((id) => erase(school, id, as.admin(id))))
  const refused = answers.filter(({ code }) => code)
  expect(refused).toMatchObject([{ code: 'CONFLICT', reason: 'LAST_ADMINISTRATOR' }])
  const left = await select(
    'auth',
    `SELECT telegram_id FROM users WHERE role = 'ADMIN' AND is_active AND erased_at IS NULL`,
  )
  expect(left).toHaveLength(1)
})
