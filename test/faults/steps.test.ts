import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Fault } from './faulty-proxy.ts'
import { type FaultySchool, type Process, startFaultySchool } from './school.ts'

const isLong = Number(process.env.FAULT_EVENTS ?? 0) > 1_000
const tanya = 4_294_967_301n
/** Held by the test, it stops whoever comes to the step that it belongs to. */
const gate = 20_261_120
/** Long enough for a death in the meantime. */
const patient = { EVENTS_TIMEOUT_MS: '3000' }

let befalls: Fault | undefined
let school: FaultySchool
let group: string
beforeAll(async () => {
  school = await startFaultySchool(() => befalls)
  await Promise.all([school.start('groups', patient), school.start('teachers')])
  await school.query(
    'teachers',
    `BEGIN; SELECT set_config('classgram.actor', 'system:test', true);
     INSERT INTO teachers (telegram_id, timezone, status) VALUES (${tanya}, 'Europe/Moscow', 'ACTIVE'); COMMIT`,
  )
  await school.query('groups', gateAt('outbox_deliveries', 'DELETE'))
  // Not where jobs pass that tell calendar, which is away.
  const isForTeachers = `OLD.payload->>'subscriber' = 'teachers'`
  await school.query('groups', gateAt('graphile_worker._private_jobs', 'DELETE', isForTeachers))
  await school.query('teachers', gateAt('groups', 'INSERT OR UPDATE'))
  const input = { name: 'Evening', language: 'en', level: 'B1', capacity: 6 }
  const { createGroup } = await school.ask(
    'groups',
    `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id } } }`,
    { input: { ...input, teacherTelegramId: String(tanya) } },
  )
  group = createGroup.group.id
  await vi.waitUntil(async () => (await versions()).length === 1, { timeout: 5_000 })
})
afterAll(() => school?.close())

let holder: Client | undefined
const release = async () => {
  await holder?.end().catch(() => {})
  holder = undefined
}
afterEach(async () => {
  befalls = undefined
  await release()
})

/** A trigger that lets nobody past while the table's own gate is held; whoever waits there is of a service. */
function gateAt(table: string, operations: string, when = 'true'): string {
  const name = table.replace(/^.*\./, '')
  return `
    CREATE FUNCTION public.pass_${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_advisory_xact_lock(${gate}, hashtext('${name}'));
      RETURN coalesce(NEW, OLD);
    END $$;
    CREATE TRIGGER pass BEFORE ${operations} ON ${table} FOR EACH ROW WHEN (${when})
      EXECUTE FUNCTION public.pass_${name}()`
}

async function hold(database: 'groups' | 'teachers', lock: string): Promise<void> {
  holder = await school.connect(database)
  await holder.query(`SELECT pg_advisory_lock(${lock})`)
}
/** Whether somebody waits at what the test holds. */
async function isHeldUp(database: 'groups' | 'teachers'): Promise<boolean> {
  const rows = await school.query(
    database,
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  return rows.length > 0
}

/** Versions of the group in the order in which teachers came to know them. */
async function versions(): Promise<number[]> {
  const rows = await school.query<{ version: number }>(
    'teachers',
    `SELECT (after->>'source_version')::int AS version FROM audit_log
     WHERE table_name = 'groups' ORDER BY created_at, id`,
  )
  return rows.map(({ version }) => version)
}

async function change(name: string): Promise<number> {
  const { updateGroup } = await school.ask(
    'groups',
    `mutation ($input: UpdateGroupInput!) { updateGroup(input: $input) { group { version } } }`,
    { input: { id: group, name } },
  )
  return updateGroup.group.version
}

interface Step {
  /** Lets the next event come this far and no further. */
  prepare: () => Promise<void>
  isReached: () => Promise<boolean>
}

/** From the commit of a change to the last trace of its delivery. */
const steps: Record<string, Step> = {
  'its job is taken': {
    prepare: () => hold('groups', `hashtextextended('teachers/group/${group}', 0)`),
    isReached: () => isHeldUp('groups'),
  },
  'it is sent': {
    prepare: () => hold('teachers', `${gate}, hashtext('groups')`),
    isReached: () => isHeldUp('teachers'),
  },
  'its effect is committed': {
    prepare: async () => {
      befalls = 'silent'
    },
    isReached: async () => (await versions()).length > known,
  },
  'it is acknowledged': {
    prepare: () => hold('groups', `${gate}, hashtext('outbox_deliveries')`),
    isReached: () => isHeldUp('groups'),
  },
  'its delivery is deleted': {
    prepare: () => hold('groups', `${gate}, hashtext('_private_jobs')`),
    isReached: () => isHeldUp('groups'),
  },
}
let known = 0

type Victim = Process | 'postgres'
const victims: Victim[] = isLong ? ['groups', 'teachers', 'postgres'] : ['groups']
const deaths = Object.keys(steps).flatMap((step) => victims.map((victim) => ({ victim, step })))

async function expectAll(version: number): Promise<void> {
  await expect
    .poll(versions, { timeout: 15_000, interval: 50 })
    .toEqual(Array.from({ length: version }, (_, index) => index + 1))
}

test.each(deaths)(
  '$victim dies when $step: one effect, and the next event comes after it',
  async ({ victim, step }) => {
    const { prepare, isReached } = steps[step] as Step
    known = (await versions()).length
    await prepare()
    const version = await change(`Before the death of ${victim}`)
    await expect.poll(isReached, { timeout: 10_000, interval: 10 }).toBe(true)
    if (victim === 'postgres') await school.restartPostgres()
    else await school.kill(victim)
    befalls = undefined
    await release()
    if (victim !== 'postgres') await school.start(victim, patient)
    await expectAll(version)
    await expect
      .poll(() => change('Afterwards').catch(() => 0), { timeout: 10_000 })
      .toBeGreaterThan(version)
    const [{ now } = { now: 0 }] = await school.query<{ now: number }>(
      'groups',
      'SELECT version AS now FROM groups',
    )
    await expectAll(now)
  },
)

test('groups dies when a change is committed and nobody has taken its job', async () => {
  await school.kill('groups')
  await school.start('groups', { JOBS: 'off' })
  const version = await change('Before the death')
  await school.kill('groups')
  await school.start('groups', patient)
  await expectAll(version)
})

test('a process that is told to stop does so while a subscriber is stuck', async () => {
  await school.kill('groups')
  await school.start('groups', { EVENTS_TIMEOUT_MS: '5000' })
  await hold('teachers', `${gate}, hashtext('groups')`)
  const version = await change('Before the end')
  await expect.poll(() => isHeldUp('teachers'), { timeout: 5_000, interval: 10 }).toBe(true)
  const startedAt = performance.now()
  expect(await school.end('groups')).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(8_000)
  await release()
  await school.start('groups', patient)
  await expectAll(version)
})
