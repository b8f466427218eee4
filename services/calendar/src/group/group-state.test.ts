import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrationsDir } from '@classgram/database'
import { events } from '@classgram/events/catalog'
import { replay } from '@classgram/events/operate'
import { as, insert, type TestSchool } from '@classgram/test/kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { at, plan, rows, teacher } from '../lesson/fixture.ts'
import {
  clearWhenQuiet,
  createLesson,
  groupIn,
  knownStatus,
  startWithGroups,
  statusOfLesson,
  step,
  toTell,
} from './fixture.ts'

let school: TestSchool
beforeAll(async () => {
  school = await startWithGroups()
})
afterAll(() => school.close())
beforeEach(() => clearWhenQuiet(school))

const update = (input: Record<string, unknown>) =>
  school.ask(
    'calendar',
    as.teacher(teacher),
    `mutation ($input: UpdateLessonInput!) { updateLesson(input: $input) { lesson { id } } }`,
    { input },
  )

describe('a lesson that is planned while its group ends', () => {
  let letGo = async () => {}
  afterEach(() => letGo())

  /** Does something in calendar's database, and does not commit before it is let go. */
  async function hold(sql: string, ...values: unknown[]): Promise<void> {
    const client = await school.database('calendar').owner.connect()
    letGo = async () => {
      letGo = async () => {}
      await client.query('COMMIT')
      client.release()
    }
    await client.query(`BEGIN; SELECT set_config('classgram.actor', 'system:test', true)`)
    await client.query(sql, values)
  }
  /** Until somebody waits for a lock with a statement that has this in it. */
  const someoneWaitsAt = (text: string) =>
    expect
      .poll(
        () =>
          rows(
            school,
            `SELECT FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND strpos(query, $1) > 0`,
            text,
          ),
        { timeout: 10_000 },
      )
      .toHaveLength(1)

  test('is refused when the end comes first', async () => {
    const group = await groupIn(school, 'RUNNING')
    await hold(
      `INSERT INTO group_states (id, status, source_version) VALUES ($1, 'FINISHED', 9)`,
      group,
    )
    const planned = createLesson(school, group)
    await someoneWaitsAt('group_states')
    await letGo()
    expect((await planned).errors?.[0].extensions).toEqual({
      code: 'CONFLICT',
      reason: 'GROUP_NOT_RUNNING',
      conflictsWith: { status: 'FINISHED' },
    })
    expect(await rows(school, 'SELECT FROM lessons')).toEqual([])
  })

  test('is called off when the end comes second', async () => {
    const group = await groupIn(school, 'RUNNING')
    await hold(`SELECT pg_advisory_xact_lock(hashtextextended('teacher:${teacher}', 0))`)
    const planned = createLesson(school, group)
    await someoneWaitsAt('AS turns')
    await step(school, group, 'FINISHED')
    await someoneWaitsAt('group_states')
    await letGo()
    const { id } = (await planned).data.createLesson.lesson
    await expect.poll(() => statusOfLesson(school, id), { timeout: 5_000 }).toBe('CANCELLED')
  })

  test('is in no case left over', async () => {
    const group = await groupIn(school, 'RUNNING')
    const answers = Array.from({ length: 20 }, (_, hour) => createLesson(school, group, hour + 1))
    await step(school, group, 'FINISHED')
    for (const { errors } of await Promise.all(answers)) {
      expect([undefined, 'GROUP_NOT_RUNNING']).toContain(errors?.[0].extensions.reason)
    }
    await expect.poll(() => knownStatus(school, group), { timeout: 5_000 }).toBe('FINISHED')
    expect(await rows(school, `SELECT FROM lessons WHERE status = 'SCHEDULED'`)).toEqual([])
  })

  test('waits with putting a lesson off for an end that has begun', async () => {
    const group = await groupIn(school, 'RUNNING')
    const { id } = (await createLesson(school, group)).data.createLesson.lesson
    await hold(
      `UPDATE group_states SET status = 'FINISHED', source_version = 9 WHERE id = $1`,
      group,
    )
    const putOff = update({ id, startsAt: at(3), endsAt: at(4) })
    await someoneWaitsAt('group_states')
    await letGo()
    expect((await putOff).errors?.[0].extensions).toMatchObject({ reason: 'GROUP_NOT_RUNNING' })
  })

  test('a lesson of the past is not put off into a time when the group is over', async () => {
    const group = await groupIn(school, 'RUNNING')
    const id = await plan(school, { hour: -5, columns: { group_id: group } })
    await step(school, group, 'FINISHED')
    await expect.poll(() => knownStatus(school, group), { timeout: 5_000 }).toBe('FINISHED')
    const refused = await update({ id, startsAt: at(1), endsAt: at(2) })
    expect(refused.errors?.[0].extensions).toMatchObject({
      code: 'CONFLICT',
      reason: 'GROUP_NOT_RUNNING',
    })
    expect((await update({ id, startsAt: at(-6), endsAt: at(-5) })).errors).toBeUndefined()
    expect((await update({ id, status: 'COMPLETED' })).errors).toBeUndefined()
  })
})

describe('a group that goes on again', () => {
  const told = async () => (await rows(school, 'SELECT FROM inbox_events')).length
  const replayAll = () =>
    replay(school.database('groups').owner, {
      subscriber: 'calendar',
      types: events.filter((one) => one.subscribers.includes('calendar')).map(({ type }) => type),
      since: new Date(0),
    })

  test('keeps what was planned since, also when its end is told again', async () => {
    const group = await groupIn(school, 'RUNNING')
    await step(school, group, 'FINISHED')
    await step(school, group, 'RUNNING')
    const { id } = (await createLesson(school, group)).data.createLesson.lesson
    await expect.poll(() => toTell(school, 'groups'), { timeout: 5_000 }).toBe(0)
    expect(await statusOfLesson(school, id)).toBe('SCHEDULED')
    for (const forget of ['', 'TRUNCATE group_states']) {
      await rows(school, forget)
      await replayAll()
      await expect.poll(() => toTell(school, 'groups'), { timeout: 5_000 }).toBe(0)
      expect([await knownStatus(school, group), await statusOfLesson(school, id)]).toEqual([
        'RUNNING',
        'SCHEDULED',
      ])
    }
  })

  test('is known to do so again once a replay mends what is wrong', async () => {
    const group = await groupIn(school, 'RUNNING')
    await step(school, group, 'FINISHED')
    await step(school, group, 'RUNNING')
    await expect.poll(() => toTell(school, 'groups'), { timeout: 5_000 }).toBe(0)
    const [{ version }] = await rows(school, 'SELECT source_version AS version FROM group_states')
    await rows(school, 'TRUNCATE group_states')
    const wrong = { id: group, status: 'ARCHIVED', source_version: version }
    await insert(school.database('calendar'), 'group_states', wrong)
    await replayAll()
    await expect.poll(() => knownStatus(school, group), { timeout: 5_000 }).toBe('RUNNING')
  })

  test('keeps what was planned since, also when calendar begins to listen only then', async () => {
    const group = await groupIn(school, 'RUNNING')
    const id = await plan(school, { hour: 1, columns: { group_id: group } })
    const restartCalendar = await school.stop('calendar')
    await step(school, group, 'FINISHED')
    await step(school, group, 'RUNNING')
    const restart = await school.stop('groups')
    const groups = school.database('groups').owner
    await groups.query(`DELETE FROM outbox_deliveries WHERE subscriber = 'calendar'`)
    const upgrade = join(
      migrationsDir('groups'),
      '20261121162700_tell_calendar_of_groups/migration.sql',
    )
    await groups.query(await readFile(upgrade, 'utf8'))
    await restartCalendar()
    await restart()
    const isKept = async () => {
      await expect.poll(() => toTell(school, 'groups'), { timeout: 10_000 }).toBe(0)
      expect([await knownStatus(school, group), await statusOfLesson(school, id)]).toEqual([
        'RUNNING',
        'SCHEDULED',
      ])
    }
    await isKept()
    await rows(school, 'TRUNCATE group_states')
    await replayAll()
    await isKept()
  })

  test('keeps what was planned since, also when its end is told late', async () => {
    const group = await groupIn(school, 'RUNNING')
    const id = await plan(school, { hour: 1, columns: { group_id: group } })
    // What groups said when the lesson was planned is news of a later version.
    await insert(school.database('calendar'), 'group_states', {
      id: group,
      status: 'RUNNING',
      source_version: 9,
    })
    const before = await told()
    await step(school, group, 'FINISHED')
    await expect.poll(told, { timeout: 5_000 }).toBe(before + 1)
    expect([await knownStatus(school, group), await statusOfLesson(school, id)]).toEqual([
      'RUNNING',
      'SCHEDULED',
    ])
  })
})
