import { randomBytes, randomUUID } from 'node:crypto'
import { migrationsDir, pendingMigrations } from '@classgram/database'
import { databaseUrl, migrate } from '@classgram/database/server'
import { lessonChanged } from '@classgram/events/catalog'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'

const [teacher, admin] = ['user:5', 'user:1']

const nothing = async () => {}
let close = nothing
afterEach(async () => {
  await close()
  close = nothing
})

/** A database that has been through the migrations before this one, to put rows into and to upgrade. */
async function deployedBefore(service: string, migration: string) {
  const name = `upgrade_${randomBytes(6).toString('hex')}`
  const server = new pg.Client(inject('adminUrl'))
  await server.connect()
  await server.query(`CREATE DATABASE ${name}`)
  const url = databaseUrl(inject('adminUrl'), name)
  const client = new pg.Client(url)
  await client.connect()
  close = async () => {
    await client.end()
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await server.end()
  }
  const dir = migrationsDir(service)
  const all = await pendingMigrations(url, dir)
  const first = all.findIndex((each) => each.endsWith(`_${migration}`))
  if (first === -1) throw new Error(`There is no migration ${migration}.`)
  await migrate(url, dir, { only: new Set(all.slice(0, first)) })
  /** In a transaction of its own. */
  const writeAs = async (actor: string, sql: string, ...values: unknown[]) => {
    await client.query(`BEGIN; SELECT set_config('classgram.actor', '${actor}', true)`)
    await client.query(sql, values)
    await client.query('COMMIT')
  }
  return {
    upgrade: () => migrate(url, dir),
    read: async (sql: string, ...values: unknown[]) => (await client.query(sql, values)).rows,
    writeAs,
    /** As the teacher. */
    write: (sql: string, ...values: unknown[]) => writeAs(teacher, sql, ...values),
  }
}

type Deployed = Awaited<ReturnType<typeof deployedBefore>>

async function addGroup({ writeAs }: Deployed, author = teacher): Promise<string> {
  const id = randomUUID()
  await writeAs(
    author,
    `INSERT INTO groups (id, name, language, level, teacher_telegram_id, capacity)
     VALUES ($1, 'Evening', 'en', 'B1', 5, 8)`,
    id,
  )
  return id
}

const joinedAt = new Date('2026-09-02T10:00:00Z')
const leftAt = new Date('2026-11-01T10:00:00Z')

/** A member of a new group who then goes through these states. @returns the stay's id */
async function addStay(database: Deployed, student: number, ...states: string[]): Promise<string> {
  const id = randomUUID()
  await database.write(
    `INSERT INTO group_members (id, group_id, student_telegram_id, status, joined_at)
     VALUES ($1, $2, $3, 'ACTIVE', $4)`,
    id,
    await addGroup(database),
    student,
    joinedAt,
  )
  for (const status of states) await take(database, id, status)
  return id
}

/** Takes a stay a step further. */
const take = ({ write }: Deployed, stay: string, status: string) =>
  write(
    `UPDATE group_members SET status = $2::member_status, left_at = CASE WHEN $2 = 'LEFT' THEN $3::timestamptz END
     WHERE id = $1`,
    stay,
    status,
    leftAt,
  )

/** The states of a stay, as its history has them or as the audit log does. */
const historyOf = ({ read }: Deployed, stay: string) =>
  read('SELECT status, since FROM group_member_states WHERE member_id = $1 ORDER BY id', stay)
const loggedOf = ({ read }: Deployed, stay: string) =>
  read(
    `SELECT after->>'status' AS status, CASE action WHEN 'INSERT' THEN $2 ELSE created_at END AS since
     FROM audit_log WHERE row_id = $1 AND after ? 'status' ORDER BY id`,
    stay,
    joinedAt,
  )

test.each(['calendar', 'groups'])('nothing is written into an empty %s', async (service) => {
  const { read, upgrade } = await deployedBefore(service, 'init')
  await upgrade()
  for (const table of ['audit_log', 'outbox_events', 'outbox_deliveries']) {
    expect(await read(`SELECT FROM ${table}`)).toEqual([])
  }
})

test('who waits for an agreement goes on waiting for it', async () => {
  const database = await deployedBefore('groups', 'seat_offers')
  const group = await addGroup(database)
  for (const [place, needsApproval] of [true, false].entries()) {
    await database.write(
      `WITH invitation AS (
         INSERT INTO group_invitations (group_id, token_hash, expires_at, needs_approval, created_by_telegram_id)
         VALUES ($1, sha256(uuid_send(uuidv7())), now(), $3, 5) RETURNING id
       )
       INSERT INTO group_members (group_id, student_telegram_id, status, waiting_position, invitation_id)
       SELECT $1, $2::int, 'WAITLISTED', $2::int, id FROM invitation`,
      group,
      place + 1,
      needsApproval,
    )
  }
  await database.upgrade()
  expect(
    await database.read('SELECT awaits_approval FROM group_members ORDER BY waiting_position'),
  ).toEqual([{ awaits_approval: true }, { awaits_approval: false }])
})

test('whoever let an offer pass was offered a seat, whoever gave one up was not', async () => {
  const database = await deployedBefore('groups', 'offers_stay_known')
  const group = await addGroup(database)
  const steps = [
    `INSERT INTO group_members (group_id, student_telegram_id, status, waiting_position, joined_at)
     VALUES ($1, 1, 'WAITLISTED', 1, NULL), ($1, 2, 'ACTIVE', NULL, now())`,
    `UPDATE group_members SET offered_at = '2026-11-01Z', offer_expires_at = '2026-11-02Z'
     WHERE group_id = $1 AND student_telegram_id = 1`,
    `UPDATE group_members SET offered_at = NULL, offer_expires_at = NULL, passed_at = '2026-11-02Z'
     WHERE group_id = $1 AND student_telegram_id = 1`,
    `UPDATE group_members SET status = 'WAITLISTED', waiting_position = 2, passed_at = '2026-11-02Z'
     WHERE group_id = $1 AND student_telegram_id = 2`,
  ]
  for (const step of steps) await database.write(step, group)
  await database.upgrade()
  const read = 'SELECT offered_at FROM group_members ORDER BY student_telegram_id'
  expect(await database.read(read)).toEqual([
    { offered_at: new Date('2026-11-01Z') },
    { offered_at: null },
  ])
})

test('groups that an administrator made or levelled go on whatever the profile says', async () => {
  const database = await deployedBefore('groups', 'profile_waived')
  const own = await addGroup(database)
  const [made, levelled] = [await addGroup(database, admin), await addGroup(database)]
  await database.writeAs(admin, `UPDATE groups SET level = 'C1' WHERE id = $1`, levelled)
  await database.writeAs(admin, `UPDATE groups SET name = 'Morning' WHERE id = $1`, own)
  await database.upgrade()
  const waived = await database.read('SELECT id FROM groups WHERE profile_waived')
  expect(waived.map(({ id }) => id).sort()).toEqual([made, levelled].sort())
})

test('the history of stays is what the audit log knows of them', async () => {
  const database = await deployedBefore('groups', 'member_history')
  const stays = [
    await addStay(database, 1),
    await addStay(database, 2, 'PAUSED'),
    await addStay(database, 3, 'PAUSED', 'ACTIVE', 'LEFT'),
  ]
  const forgotten = await addStay(database, 4, 'PAUSED')
  const halfLogged = await addStay(database, 5, 'PAUSED')
  await database.write('SELECT audit_forget(4)')
  await take(database, forgotten, 'LEFT')
  await database.write(`DELETE FROM audit_log WHERE row_id = $1 AND action = 'INSERT'`, halfLogged)
  const logged: Awaited<ReturnType<typeof loggedOf>>[] = []
  for (const stay of stays) logged.push(await loggedOf(database, stay))
  expect(logged.map((states) => states.length)).toEqual([1, 2, 4])

  await database.upgrade()
  for (const [index, stay] of stays.entries()) {
    expect(await historyOf(database, stay)).toEqual(logged[index])
  }
  expect(await historyOf(database, forgotten)).toEqual([{ status: 'LEFT', since: leftAt }])
  expect(await historyOf(database, halfLogged)).toEqual([{ status: 'PAUSED', since: joinedAt }])
})

test('a history that was kept from the beginning stays as it is', async () => {
  const database = await deployedBefore('groups', 'member_history_from_audit')
  const stay = await addStay(database, 1, 'PAUSED', 'ACTIVE')
  const rows = () => database.read('SELECT * FROM group_member_states ORDER BY id')
  const before = await rows()
  expect(await historyOf(database, stay)).toHaveLength(3)
  await database.upgrade()
  expect(await rows()).toEqual(before)
})

test('calendar is told how each group is now, and then how it was', async () => {
  const { read, write, upgrade } = await deployedBefore('groups', 'tell_calendar_of_groups')
  const [first, second, waiting] = [randomUUID(), randomUUID(), randomUUID()]
  const tell = (group: string, version: number, type = 'groups.group-changed') =>
    write(
      `INSERT INTO outbox_events (aggregate_type, aggregate_id, type, payload, actor, occurred_at)
       VALUES ('group', $1, $2, jsonb_build_object('version', $3::int), 'user:5', '2026-11-01Z')`,
      group,
      type,
      version,
    )
  for (const version of [1, 2, 3]) await tell(first, version)
  await tell(second, 1)
  await tell(second, 7, 'groups.membership-changed')
  for (const version of [1, 2]) await tell(waiting, version)
  await write(
    `INSERT INTO outbox_deliveries (event_id, subscriber, aggregate_type, aggregate_id, sequence)
     SELECT id, 'calendar', aggregate_type, aggregate_id, sequence FROM outbox_events
     WHERE aggregate_id = $1 AND payload->>'version' = '2'`,
    waiting,
  )
  await upgrade()
  const versions = (group: string) =>
    read(
      `SELECT (payload->'version')::int AS version, next_attempt_at <= now() AS "isDue", is_replay AS "isReplay"
       FROM outbox_deliveries d JOIN outbox_events e ON e.id = event_id AND e.type = 'groups.group-changed'
       WHERE subscriber = 'calendar' AND d.aggregate_type = 'group' AND d.aggregate_id = $1
       ORDER BY d.sequence`,
      group,
    )
  const due = (version: number) => ({ version, isDue: true, isReplay: false })
  expect(await versions(first)).toEqual([3, 1, 2].map(due))
  expect(await versions(second)).toEqual([due(1)])
  expect(await versions(waiting)).toEqual([due(2)])
  expect(await read('SELECT FROM outbox_deliveries')).toHaveLength(5)
})

test('groups are told of lessons that they were not told of, as calendar tells of them', async () => {
  const { read, write, upgrade } = await deployedBefore('calendar', 'tell_groups_of_lessons')
  const group = randomUUID()
  const plan = async (hours: number, status = 'SCHEDULED', of: string | null = group) => {
    const [lesson] = await read('SELECT uuidv7() AS id')
    await write(
      `INSERT INTO lessons (id, teacher_telegram_id, group_id, title, starts_at, ends_at, timezone, status, version)
       SELECT $1, 5, $2, 'Verbs', starts_at, starts_at + interval '1 hour', 'Europe/Berlin', $3, 4
       FROM (SELECT now() + $4 * interval '1 hour' AS starts_at) AS time`,
      lesson.id,
      of,
      status,
      hours,
    )
    return lesson.id
  }
  const untold = [await plan(-23, 'COMPLETED'), await plan(5), await plan(7, 'CANCELLED')]
  await plan(-25)
  await plan(9, 'SCHEDULED', null)
  const told = await plan(11)
  await write(
    `INSERT INTO outbox_events (aggregate_type, aggregate_id, type, payload, actor, occurred_at)
     VALUES ('lesson', $1, 'calendar.lesson-changed', '{}', 'user:5', now())`,
    told,
  )
  await upgrade()

  const lessons = await read(
    `SELECT id, group_id AS "groupId", teacher_telegram_id AS "teacherTelegramId", starts_at AS "startsAt",
       ends_at AS "endsAt", timezone, status, created_at AS "createdAt", version
     FROM lessons WHERE id = ANY ($1) ORDER BY id`,
    untold,
  )
  const events = await read(
    `SELECT e.*, d.subscriber, now() - e.occurred_at < interval '1 minute' AS "isOfNow"
     FROM outbox_deliveries d JOIN outbox_events e ON e.id = event_id AND e.sequence = d.sequence
       AND e.aggregate_type = d.aggregate_type AND e.aggregate_id = d.aggregate_id
     ORDER BY e.aggregate_id`,
  )
  const written = (lesson: object) =>
    JSON.parse(
      JSON.stringify(lessonChanged.payload.parse(lesson), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    )
  expect(events).toMatchObject(
    lessons.map((lesson) => ({
      aggregate_type: 'lesson',
      aggregate_id: lesson.id,
      subscriber: 'groups',
      type: lessonChanged.type,
      version: lessonChanged.version,
      actor: 'system:migration',
      person_telegram_id: null,
      request_id: null,
      isOfNow: true,
    })),
  )
  expect(events.map(({ payload }) => payload)).toEqual(lessons.map(written))
})
